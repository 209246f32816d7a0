//! The terminal: the only place that asks whether there is one, how wide it is and whether colours are wanted.

use std::io::{self, IsTerminal, Write};

use swarmbed_reports::output::page::Style;

/// One of the two streams that are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Results.
    Output,
    /// Talk.
    Error,
}

/// How a page for that stream is to look: as wide as the terminal, at most 100 columns, and 80 for a pipe or a file.
pub fn style(stream: Stream) -> Style {
    let (terminal, size) = match stream {
        Stream::Output => (io::stdout().is_terminal(), terminal_size::terminal_size_of(io::stdout())),
        Stream::Error => (io::stderr().is_terminal(), terminal_size::terminal_size_of(io::stderr())),
    };
    let width = size.filter(|_| terminal).map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style { width: width.clamp(20, 100), colour: terminal && colours_wanted() }
}

#[expect(clippy::disallowed_methods, reason = "no-color.org and the kind of terminal; no run depends on it")]
fn colours_wanted() -> bool {
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var("TERM").is_ok_and(|term| term != "dumb")
}

/// Prints a result. A reader that has seen enough (`| head`) is no trouble.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
            say(&format!("swarmbed: the output cannot be written: {e}"));
            std::process::exit(2);
        }
        _ => {}
    }
}

/// Says something that is no result. Where nobody can hear it, nothing is to be done.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
