//! A page for a terminal: columns, wrapped lines and, where it is wanted, colour.

/// How a page is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether it understands colours and they are wanted.
    pub colour: bool,
}

impl Style {
    /// For a file or a pipe.
    pub const PLAIN: Style = Style { width: 80, colour: false };

    /// The text in the colour of a [`Paint`], if colours are wanted.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        match paint.code() {
            Some(code) if self.colour && !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

/// What a piece of text is, told by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// A heading.
    Head,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Beside the point.
    Dim,
    /// Nothing in particular.
    Plain,
}

impl Paint {
    fn code(self) -> Option<&'static str> {
        match self {
            Paint::Head => Some("1"),
            Paint::Good => Some("32"),
            Paint::Bad => Some("31"),
            Paint::Dim => Some("2"),
            Paint::Plain => None,
        }
    }
}

/// How wide a text is on a terminal: a character a column, which holds for the names that Docker admits.
pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text broken into lines of at most `width`, at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let room = width.max(8);
    for word in text.split(' ') {
        let line = lines.last().expect("there is always a line");
        let used = self::width(line);
        if used > 0 && used + 1 + self::width(word) > room {
            lines.push(String::new());
        } else if used > 0 {
            lines.last_mut().expect("as above").push(' ');
        }
        push_word(&mut lines, word, room);
    }
    lines
}

/// Adds a word to the last line; one that is longer than a line is broken where it must be.
fn push_word(lines: &mut Vec<String>, word: &str, room: usize) {
    for c in word.chars() {
        if width(lines.last().expect("there is always a line")) == room {
            lines.push(String::new());
        }
        lines.last_mut().expect("as above").push(c);
    }
}

/// A text behind a lead such as a time: further lines stand below the first one's text.
pub fn hang(lead: &str, text: &str, style: Style, paint: Paint) -> String {
    let indent = width(lead);
    let lines = wrap(text, style.width.saturating_sub(indent));
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        let lead = if i == 0 { lead } else { &" ".repeat(indent) };
        out.push_str(&format!("{lead}{}\n", style.paint(paint, line)));
    }
    out
}

/// Which way a column leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lean {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table without rules: a heading, columns two spaces apart, the last column wrapped into what is left of the width.
pub fn table(columns: &[(&str, Lean)], rows: &[Vec<String>], style: Style) -> String {
    let last = columns.len() - 1;
    let widest = |c: usize| rows.iter().map(|r| width(&r[c])).max().unwrap_or(0).max(width(columns[c].0));
    let widths: Vec<usize> = (0..last).map(widest).collect();
    let lead = |cells: &[&str]| -> String {
        let cell = |(i, text): (usize, &&str)| match columns[i].1 {
            Lean::Left => format!("{text}{}  ", " ".repeat(widths[i] - width(text))),
            Lean::Right => format!("{}{text}  ", " ".repeat(widths[i] - width(text))),
        };
        cells[..last].iter().enumerate().map(cell).collect()
    };
    let heads: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let mut out = style.paint(Paint::Dim, &format!("  {}{}", lead(&heads), heads[last]));
    out.push('\n');
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        out.push_str(&hang(&format!("  {}", lead(&cells)), cells[last], style, Paint::Plain));
    }
    tidy(&out)
}

/// Without spaces at the ends of lines.
fn tidy(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_where_they_must() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl m", 8), ["abcdefgh", "ijkl m"]);
        assert_eq!(wrap("", 8), [""]);
        assert!(wrap(&"word ".repeat(100), 30).iter().all(|l| width(l) <= 30));
    }

    #[test]
    fn columns_line_up_and_the_last_one_wraps() {
        let style = Style { width: 24, colour: false };
        let rows = [vec!["web".into(), "12".into(), "on worker-1 and worker-2".into()]];
        let text = table(&[("NAME", Lean::Left), ("RUNS", Lean::Right), ("WHERE", Lean::Left)], &rows, style);
        assert_eq!(
            text,
            "  NAME  RUNS  WHERE\n  web     12  on\n              worker-1\n              and\n              worker-2\n"
        );
    }

    #[test]
    fn colour_is_only_there_when_wanted() {
        assert_eq!(Style::PLAIN.paint(Paint::Good, "ok"), "ok");
        assert_eq!(Style { colour: true, width: 80 }.paint(Paint::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
    }
}
