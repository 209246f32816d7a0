//! `name[key=value,…]`: how a strategy is written in a scenario file or a flag.

use std::str::FromStr;

/// A strategy's name and what is set of its parameters, in the order written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    /// The name before the bracket.
    pub name: String,
    /// The pairs between the brackets.
    pub pairs: Vec<(String, String)>,
}

/// Why a strategy cannot be built from a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// It is not of the form `name[key=value,…]`.
    #[error("`{0}` is not a strategy: expected `name` or `name[key=value,…]`")]
    Malformed(String),
    /// No such strategy.
    #[error("there is no strategy `{found}`; {hint}")]
    UnknownName {
        /// The name given.
        found: String,
        /// The nearest valid name, or all of them.
        hint: String,
    },
    /// The strategy has no such parameter.
    #[error("`{strategy}` has no parameter `{found}`; {hint}")]
    UnknownParam {
        /// The strategy.
        strategy: String,
        /// The key given.
        found: String,
        /// The nearest valid key, or all of them.
        hint: String,
    },
    /// A parameter is set twice.
    #[error("`{0}` is set twice")]
    Repeated(String),
    /// The value will not do.
    #[error("`{param}` cannot be `{found}`; expected {expected}")]
    BadValue {
        /// The parameter.
        param: String,
        /// The value given.
        found: String,
        /// What would do.
        expected: String,
    },
}

impl Params {
    /// The value that was set for a key, the last one if there are several.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().rfind(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }
}

impl FromStr for Params {
    type Err = StrategyError;

    fn from_str(text: &str) -> Result<Params, StrategyError> {
        let malformed = || StrategyError::Malformed(text.to_owned());
        let (name, inside) = match text.trim().split_once('[') {
            Some((name, rest)) => (name, rest.strip_suffix(']').ok_or_else(malformed)?),
            None => (text, ""),
        };
        let name = name.trim();
        if name.is_empty() || name.contains([']', '=', ',']) {
            return Err(malformed());
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in inside.split(',').filter(|_| !inside.trim().is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(malformed)?;
            let (key, value) = (key.trim(), value.trim());
            if key.is_empty() || value.is_empty() || value.contains(['[', ']', '=']) {
                return Err(malformed());
            }
            if pairs.iter().any(|(k, _)| k == key) {
                return Err(StrategyError::Repeated(key.to_owned()));
            }
            pairs.push((key.to_owned(), value.to_owned()));
        }
        Ok(Params { name: name.to_owned(), pairs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_pairs_are_told_apart() {
        let check = |text: &str, name: &str, pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(text.parse(), Ok(Params { name: name.to_owned(), pairs }), "{text}");
        };
        check("spread", "spread", &[]);
        check("spread[]", "spread", &[]);
        check(" a-b [ x = 1 , y=z ]", "a-b", &[("x", "1"), ("y", "z")]);
    }

    #[test]
    fn what_has_another_form_is_refused() {
        for text in ["", "[x=1]", "a[x]", "a[x=1", "a]x=1[", "a[x=1,]", "a[=1]", "a[x=]", "a[x=1]b", "a=b"] {
            assert_eq!(text.parse::<Params>(), Err(StrategyError::Malformed(text.to_owned())), "{text}");
        }
        assert_eq!("a[x=1,x=2]".parse::<Params>(), Err(StrategyError::Repeated("x".into())));
    }
}
