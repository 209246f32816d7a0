//! `$NAME`, `${NAME:-default}` and their kin in one text, with the very rules of `docker stack`.
//!
//! They are not those of `docker compose`: nothing nests, `${NAME:+other}` is unknown, and `$NAME-x` without braces
//! takes a default too. Two of Docker's rules look like accidents, and real files lean on them: an error is forgotten
//! when a later substitution in the same text succeeds, and a `-` anywhere in braces, be it in the message after `?`,
//! makes the rest a default.

use super::environment::Environment;

/// What became of one text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Substituted {
    pub(super) text: String,
    /// Variables that have no value and no default: read as nothing.
    pub(super) blank: Vec<String>,
    /// Why Docker refuses the text.
    pub(super) refusal: Option<Refusal>,
}

/// Why Docker refuses a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A `$` that begins no variable.
    Malformed,
    /// Variables that the text requires and that have no value; with the text as it reads when each of them is
    /// written `<NAME>`, and the message of the file.
    Missing { names: Vec<String>, stand_in: String, message: String },
}

/// Substitutes every variable in `template`.
pub(super) fn substitute(template: &str, environment: &Environment) -> Substituted {
    let mut pass =
        Pass { environment, text: String::new(), stand_in: String::new(), blank: vec![], missing: vec![] };
    let mut verdict = Verdict::Fine;
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        pass.literal(&rest[..dollar]);
        let (token, after) = token(&rest[dollar + 1..]);
        match token {
            // Leaves the verdict as it is: Docker returns early here.
            Token::Dollar => pass.literal("$"),
            Token::Malformed => verdict = Verdict::Malformed,
            Token::Variable(inner) => verdict = pass.variable(inner),
        }
        rest = after;
    }
    pass.literal(rest);
    let Pass { text, stand_in, blank, missing: names, .. } = pass;
    let refusal = match verdict {
        Verdict::Fine => None,
        Verdict::Malformed => Some(Refusal::Malformed),
        Verdict::Missing(message) => Some(Refusal::Missing { names: names.clone(), stand_in, message }),
    };
    // A required variable whose error is forgotten reads as nothing like any other.
    let blank = if refusal.is_none() { blank.into_iter().chain(names).collect() } else { blank };
    Substituted { text, blank, refusal }
}

/// What the last substitution came to: it alone decides whether Docker refuses the text.
enum Verdict {
    Fine,
    Malformed,
    Missing(String),
}

struct Pass<'e> {
    environment: &'e Environment,
    text: String,
    stand_in: String,
    blank: Vec<String>,
    missing: Vec<String>,
}

impl Pass<'_> {
    fn literal(&mut self, text: &str) {
        self.text.push_str(text);
        self.stand_in.push_str(text);
    }

    /// `inner` is what stands in the braces: a name, or a name, an operator and a word.
    fn variable(&mut self, inner: &str) -> Verdict {
        // The order is Docker's: the first operator found anywhere wins, not the one after the name.
        for operator in [":-", "-", ":?", "?"] {
            if let Some((name, word)) = inner.split_once(operator) {
                let empty_counts = operator.starts_with(':');
                let value = self.environment.get(name).filter(|value| !(empty_counts && value.is_empty()));
                return match (value, operator.ends_with('-')) {
                    (Some(value), _) => self.put(value),
                    (None, true) => self.put(word),
                    (None, false) => self.require(name, word),
                };
            }
        }
        match self.environment.get(inner) {
            Some(value) => self.put(value),
            None => {
                self.blank.push(inner.to_owned());
                Verdict::Fine
            }
        }
    }

    fn put(&mut self, value: &str) -> Verdict {
        self.text.push_str(value);
        self.stand_in.push_str(value);
        Verdict::Fine
    }

    fn require(&mut self, name: &str, message: &str) -> Verdict {
        self.missing.push(name.to_owned());
        self.stand_in.push_str(&format!("<{name}>"));
        Verdict::Missing(message.to_owned())
    }
}

enum Token<'t> {
    Dollar,
    Variable(&'t str),
    Malformed,
}

/// The token after a `$`, and the text after the token.
fn token(after_dollar: &str) -> (Token<'_>, &str) {
    if let Some(rest) = after_dollar.strip_prefix('$') {
        return (Token::Dollar, rest);
    }
    if let Some(braced) = after_dollar.strip_prefix('{') {
        let end = variable_end(braced);
        return match braced[end..].strip_prefix('}') {
            Some(rest) if end > 0 => (Token::Variable(&braced[..end]), rest),
            _ => (Token::Malformed, after_dollar),
        };
    }
    match variable_end(after_dollar) {
        0 => (Token::Malformed, after_dollar),
        end => (Token::Variable(&after_dollar[..end]), &after_dollar[end..]),
    }
}

/// The length of a name, or of a name, an operator and everything up to a `}`; 0 if there is no name.
fn variable_end(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !text.starts_with(|c: char| is_name(c) && !c.is_ascii_digit()) {
        return 0;
    }
    let name = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let operator = text[name..].strip_prefix(':').unwrap_or(&text[name..]);
    if operator.starts_with(['-', '?']) {
        text[name..].find('}').map_or(text.len(), |brace| name + brace)
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every expectation is what Docker 28.2.2 made of the text with `A=1` and `EMPTY=`.
    fn check(template: &str, expect: &str) {
        let mut environment = Environment::new();
        environment.set("A", "1");
        environment.set("EMPTY", "");
        let found = substitute(template, &environment);
        let found = match found.refusal {
            None => found.text,
            Some(Refusal::Malformed) => "malformed".to_owned(),
            Some(Refusal::Missing { stand_in, message, .. }) => format!("missing ({message}): {stand_in}"),
        };
        assert_eq!(found, expect, "{template}");
    }

    #[test]
    fn values_and_defaults() {
        check("${A}/$A/${B}/$B", "1/1//");
        check("${B:-d} ${B-d} ${EMPTY:-e} ${EMPTY-f} ${A:-g}", "d d e  1");
        check("${A:-}y${B:-}", "1y");
        check("$$A $$$A {{.Node.Hostname}}", "$A $1 {{.Node.Hostname}}");
        check("${B:-$2y$05$oZ}", "$2y$05$oZ");
    }

    #[test]
    fn nothing_nests() {
        check("${B:-${A:-z}}", "${A:-z}");
        check("${A:-${B:-z}}", "1}");
    }

    #[test]
    fn a_default_needs_no_braces() {
        check("$B-def and more", "def and more");
        check("$A-def and} more", "1} more");
        check("$B:-x", "x");
        check("$B:x", ":x");
    }

    #[test]
    fn required_variables() {
        check("${A:?no}${EMPTY?no}.", "1.");
        check("x ${B?need it} $$", "missing (need it): x <B> $");
        check("${EMPTY:?no}", "missing (no): <EMPTY>");
        check("${B?one}${C?two}", "missing (two): <B><C>");
    }

    #[test]
    fn a_later_substitution_forgives_an_error() {
        check("${B?need it} $A", " 1");
        check("${B:+x}${A}", "{B:+x}1");
    }

    #[test]
    fn a_dash_in_the_message_makes_a_default() {
        check("${B?need-it}", "it");
    }

    #[test]
    fn malformed() {
        for template in ["x$", "${A", "${}", "${ A}", "${A }", "$}", "$1", "${B:+x}", "${A!}", "$é"] {
            check(template, "malformed");
        }
    }

    #[test]
    fn blanks_are_told() {
        let found = substitute("$B ${C?x} ${D:-d} $A", &Environment::new());
        assert_eq!(found.blank, ["B", "A", "C"]);
    }
}
