//! A user's mistake, told so that the user can mend it: what was found, what was expected, where, and what to do.
//!
//! Scenario files and stack files report through this one type. The binary renders it with miette (source lines and
//! a pointer); anywhere else `{}` gives the sentence alone and `{:#}` adds the place and the help.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, NamedSource, SourceCode, SourceSpan,
    SpanContents,
};

/// One mistake of the user in one text.
#[derive(Clone, Debug)]
pub struct Trouble {
    message: String,
    help: Option<String>,
    /// Boxed, so that a `Result` with a Trouble in it stays small.
    source: Option<Box<NamedSource<Arc<str>>>>,
    span: Option<Range<usize>>,
    /// How many lines of the file come before the text.
    lines_before: usize,
}

impl Trouble {
    /// A mistake that concerns no place in particular. `message` is one sentence that starts in lower case and has
    /// no full stop: it says what was found and what was expected.
    pub fn new(message: impl Into<String>) -> Self {
        Trouble { message: visible(&message.into()), help: None, source: None, span: None, lines_before: 0 }
    }

    /// Adds what the user could do about it: the nearest valid name, the right spelling, a command.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(visible(&help.into()));
        self
    }

    /// Adds the text the mistake stands in. `name` is what the user calls it, normally its path.
    #[must_use]
    pub fn in_source(mut self, name: &str, text: impl Into<Arc<str>>) -> Self {
        self.source = Some(Box::new(NamedSource::new(visible(name), text.into())));
        self
    }

    /// Adds a part of the text the mistake stands in, which begins with that line of it, counted from 1.
    #[must_use]
    pub fn in_excerpt(self, name: &str, text: impl Into<Arc<str>>, line: usize) -> Self {
        Trouble { lines_before: line.saturating_sub(1), ..self.in_source(name, text) }
    }

    /// Points at the bytes `span` of the text. A span that does not fit the text is cut to it when shown.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// The sentence, control characters escaped.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it, if there is something to say.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The name of the text the mistake stands in.
    pub fn source_name(&self) -> Option<&str> {
        self.source.as_ref().map(|source| source.name())
    }

    /// The bytes of the text that the mistake points at: inside the text, on character boundaries.
    pub fn span(&self) -> Option<Range<usize>> {
        let text = self.source.as_ref()?.inner();
        let span = self.span.clone()?;
        let start = text.floor_char_boundary(span.start);
        Some(start..text.ceil_char_boundary(span.end.min(text.len())).max(start))
    }

    /// Line and column of the mistake, both counted from 1, the column in characters.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let before = &self.source.as_ref()?.inner()[..self.span()?.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.lines_before + before.matches('\n').count() + 1;
        Some((line, before[line_start..].chars().count() + 1))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return f.write_str(&self.message);
        }
        if let Some(name) = self.source_name() {
            write!(f, "{name}:")?;
            if let Some((line, column)) = self.line_and_column() {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "\n  help: {help}"))
    }
}

impl std::error::Error for Trouble {}

impl Diagnostic for Trouble {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|_| self as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span()?;
        let end = span.end.min(self.source.as_ref()?.inner().ceil_char_boundary(span.start + REACH));
        Some(Box::new(std::iter::once(LabeledSpan::at(span.start..end, "here"))))
    }
}

/// A line longer than this is no line that somebody wrote; of it, so much is shown on either side of the place.
const LONGEST_LINE: usize = 400;
const REACH: usize = 60;

/// The lines around the place; of an endless line a part.
impl SourceCode for Trouble {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let source = self.source.as_deref().ok_or(MietteError::OutOfBounds)?;
        let contents = source.read_span(span, before, after)?;
        if contents.data().split(|byte| *byte == b'\n').all(|line| line.len() <= LONGEST_LINE) {
            let (name, part) = (source.name().to_owned(), *contents.span());
            let line = self.lines_before + contents.line();
            let (column, lines) = (contents.column(), contents.line_count());
            return Ok(Box::new(MietteSpanContents::new_named(
                name,
                contents.data(),
                part,
                line,
                column,
                lines,
            )));
        }
        let text = source.inner();
        let (start, end) = (span.offset(), span.offset() + span.len());
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
        let from = text.floor_char_boundary(start.saturating_sub(REACH)).max(line_start);
        let to = text.ceil_char_boundary(end.saturating_add(REACH)).min(line_end);
        let line = self.lines_before + text[..from].matches('\n').count();
        let column = text[line_start..from].chars().count();
        let data = &text.as_bytes()[from..to];
        let part = (from, to - from).into();
        Ok(Box::new(MietteSpanContents::new_named(source.name().to_owned(), data, part, line, column, 1)))
    }
}

/// `text` with every control character written as an escape, so that a name out of a file can neither move the
/// cursor nor change the colour of the reader's terminal.
pub fn visible(text: &str) -> String {
    let escaped = |c: char| if is_unsafe(c) { c.escape_default().to_string() } else { c.to_string() };
    if text.contains(is_unsafe) { text.chars().map(escaped).collect() } else { text.to_owned() }
}

/// Control characters, and those that reorder the text around them (Unicode TR 36). A newline is our own doing:
/// lists in a help are broken into lines.
fn is_unsafe(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The candidate that `word` was most likely meant to be, if any is close enough: at most one edit for each three
/// letters, at least one. Of equally near ones the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer word is nobody's typing mistake, and the distance costs the product of the lengths.
    const LONGEST: usize = 100;
    if word.len() > LONGEST {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_names_the_place_only_when_asked() {
        let trouble = Trouble::new("unknown key 'imgae'").help("did you mean 'image'?");
        assert_eq!(format!("{trouble:#}"), "unknown key 'imgae'\n  help: did you mean 'image'?");

        let placed = trouble.in_source("a.yml", "ä: 1\n  imgae: x\n").at(8..13);
        assert_eq!(placed.to_string(), "unknown key 'imgae'");
        assert_eq!(format!("{placed:#}"), "a.yml:2:3: unknown key 'imgae'\n  help: did you mean 'image'?");
    }

    #[test]
    fn a_span_outside_the_text_is_cut_to_it() {
        let at = |span| Trouble::new("x").in_source("a", "aä").at(span).span();
        assert_eq!(at(2..2), Some(1..3), "inside a character");
        assert_eq!(at(7..9), Some(3..3));
        assert_eq!(Trouble::new("x").at(1..2).span(), None, "no text, no place");
    }

    #[test]
    fn of_an_endless_line_a_part_is_shown() {
        let text = format!("a: 1\n{}ü{}\nb: 2\n", "[".repeat(10_000), "]".repeat(10_000));
        let trouble = Trouble::new("x").in_source("a", text).at(5 + 9_990..20_000);
        let label = trouble.labels().unwrap().next().unwrap();
        let part = trouble.read_span(label.inner(), 1, 1).unwrap();
        assert_eq!((part.line(), part.column()), (1, 9_930));
        let shown = std::str::from_utf8(part.data()).unwrap();
        assert!(shown.len() < 200 && shown.starts_with("[[[") && shown.contains('ü'), "{shown}");
        let short = Trouble::new("x").in_source("a", "one\ntwo\nthree\nfour").at(8..9);
        let label = short.labels().unwrap().next().unwrap();
        assert_eq!(short.read_span(label.inner(), 1, 1).unwrap().data(), b"two\nthree\nfour");
    }

    #[test]
    fn control_characters_are_escaped() {
        let trouble = Trouble::new("found '\u{1b}[31m\0'").help("a\u{202e}b\nc").in_source("x\r.yml", "");
        assert_eq!(format!("{trouble:#}"), "x\\r.yml: found '\\u{1b}[31m\\u{0}'\n  help: a\\u{202e}b\nc");
    }

    #[test]
    fn nearest_is_near() {
        let keys = ["image", "init", "replicas", "restart_policy"];
        assert_eq!(nearest("imgae", keys), Some("image"));
        assert_eq!(nearest("Replica", keys), Some("replicas"));
        assert_eq!(nearest("restartpolicy", keys), Some("restart_policy"));
        assert_eq!(nearest("volumes", keys), None);
        assert_eq!(nearest(&"x".repeat(1 << 20), keys), None);
    }
}
