//! How the process ends: fine, with a finding, with the user's mistake, or with a bug of ours.

use std::process::ExitCode;

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use swarmbed_scenarios::trouble::Trouble;
use swarmbed_scheduler::strategy::ENDLESS;

use crate::terminal::{self, Stream};

/// What a verb came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// An expectation or an invariant did not hold, or two things differ.
    Finding,
}

/// The user's mistakes, at least one.
#[derive(Debug)]
pub struct Mistakes(Vec<Trouble>);

/// What a verb comes to, or why it could not be done.
pub type Done = Result<Exit, Mistakes>;

/// At most so many mistakes of one file are shown.
const SHOWN: usize = 10;

impl Mistakes {
    /// One mistake that concerns no place in a file.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Mistakes {
        Trouble::new(message).help(help).into()
    }

    /// Each of them.
    pub fn into_troubles(self) -> Vec<Trouble> {
        self.0
    }
}

impl From<Trouble> for Mistakes {
    fn from(trouble: Trouble) -> Mistakes {
        Mistakes(vec![trouble])
    }
}

impl From<Vec<Trouble>> for Mistakes {
    fn from(troubles: Vec<Trouble>) -> Mistakes {
        Mistakes(troubles)
    }
}

/// The exit code, once mistakes have been shown.
pub fn code(done: Done) -> ExitCode {
    match done {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Finding) => ExitCode::from(1),
        Err(mistakes) => {
            show(&mistakes);
            ExitCode::from(2)
        }
    }
}

fn show(mistakes: &Mistakes) {
    let style = terminal::style(Stream::Error);
    let characters = ThemeCharacters::unicode();
    let styles = if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width)
        .with_links(false);
    let mut page = String::new();
    for trouble in mistakes.0.iter().take(SHOWN) {
        // It can only fail where a string cannot take text.
        let _ = handler.render_report(&mut page, trouble);
    }
    if let Some(more) = mistakes.0.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        page.push_str(&format!("  … and {more} more\n"));
    }
    terminal::say(page.trim_end());
}

/// From here on, a bug of ours says with which seed and by which command it comes again. A strategy whose plan does not end
/// is its author's.
pub fn on_panic(seed: u64) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(text) = panic.payload_as_str().filter(|text| text.starts_with(ENDLESS)) {
            let help = "`swarmbed fuzz --strategy` finds a small case of it";
            show(&Mistakes::new(text, format!("{help}; this one comes again with seed {seed}")));
            std::process::exit(2);
        }
        before(panic);
        terminal::say(&format!(
            "\nThis is a bug in swarmbed {}, not a mistake of yours. Seed {seed}; it comes again with\n  {}\n\
             Please report it with these lines and the files named there.",
            env!("CARGO_PKG_VERSION"),
            again(std::env::args(), seed)
        ));
    }));
}

/// The command that repeats this one, with the seed in it, quoted for a shell.
fn again(args: impl Iterator<Item = String>, seed: u64) -> String {
    let mut args: Vec<String> = args.collect();
    let seeded = args.iter().any(|a| a == "--seed" || a.starts_with("--seed="));
    if !seeded && args.get(1).is_some_and(|verb| ["run", "inspect", "explain"].contains(&verb.as_str())) {
        args.splice(2..2, ["--seed".to_owned(), seed.to_string()]);
    }
    args.iter().map(|arg| quoted(arg)).collect::<Vec<_>>().join(" ")
}

/// The argument as a shell would have to be given it.
pub fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,[]@%+".contains(c);
    match arg.chars().all(plain) && !arg.is_empty() {
        true => arg.to_owned(),
        false => format!("'{}'", arg.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::again;

    #[test]
    fn a_bug_can_be_played_again() {
        let check = |args: &[&str], expected| {
            assert_eq!(again(args.iter().map(|a| (*a).to_owned()), 7), expected);
        };
        check(&["swarmbed", "run", "it's here.toml"], r"swarmbed run --seed 7 'it'\''s here.toml'");
        check(&["swarmbed", "run", "a.toml", "--seed=3"], "swarmbed run a.toml --seed=3");
        check(&["swarmbed", "conform", "a.json"], "swarmbed conform a.json");
    }
}
