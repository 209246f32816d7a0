//! Tolerances: what may differ, and by how much.

use std::fmt;

use super::figure::Figure;

/// The name under which the course of a run is compared: its digest.
pub const DIGEST: &str = "digest";

/// One line `tolerance GLOB AMOUNT` of a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Names of metrics, `*` standing for any characters, or [`DIGEST`].
    pub glob: String,
    /// How far they may be off.
    pub amount: Amount,
}

/// How far a value may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// By that, in the metric's own unit.
    Absolute(Figure),
    /// By that many millionths of the earlier value.
    Relative(u64),
    /// By anything, even by being absent.
    Any,
}

impl Rule {
    /// Of the line without its first word: `failover.* 2%`, `work.events 10`, `digest any`.
    pub fn parse(text: &str) -> Result<Rule, &'static str> {
        let (glob, amount) = text.split_once(' ').ok_or("tolerance METRIC AMOUNT")?;
        let wrong = "an amount such as 2%, 0.5 (in the metric's unit) or any";
        let amount = match (amount.trim(), amount.trim().strip_suffix('%')) {
            ("any", _) => Amount::Any,
            (_, Some(percent)) => Amount::Relative(millionths(percent).ok_or(wrong)?),
            (number, None) => Amount::Absolute(Figure::parse(number).ok_or(wrong)?),
        };
        if glob == DIGEST && amount != Amount::Any {
            return Err("`any`: a digest is the same or it is not");
        }
        Ok(Rule { glob: glob.to_owned(), amount })
    }

    /// Whether the rule is about that name.
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.glob.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }

    /// Whether that change is within the rule; `None` is a metric that the run does not have.
    pub fn allows(&self, was: Option<Figure>, is: Option<Figure>) -> bool {
        let (Some(was), Some(is)) = (was, is) else { return self.amount == Amount::Any || was == is };
        let off = was.distance(is);
        match self.amount {
            Amount::Any => true,
            Amount::Absolute(most) => off <= most,
            Amount::Relative(ppm) => was.millionths(ppm).is_none_or(|most| off <= most),
        }
    }
}

/// The last rule about a name counts; without one nothing may differ.
pub fn rule<'a>(rules: &'a [Rule], name: &str) -> Option<&'a Rule> {
    rules.iter().rev().find(|rule| rule.matches(name))
}

/// Millionths of a percentage.
fn millionths(percent: &str) -> Option<u64> {
    let (whole, rest) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, 9) || !digits(rest, 4) {
        return None;
    }
    Some(whole.parse::<u64>().ok()? * 10_000 + format!("{rest:0<4}").parse::<u64>().ok()?)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tolerance {} ", self.glob)?;
        match self.amount {
            Amount::Any => f.write_str("any"),
            Amount::Absolute(most) => write!(f, "{most}"),
            Amount::Relative(ppm) => {
                let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
                write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_as_a_shell_does() {
        let check = |glob: &str, name, expected| {
            let rule = Rule { glob: glob.into(), amount: Amount::Any };
            assert_eq!(rule.matches(name), expected, "{glob} {name}");
        };
        check("work.events", "work.events", true);
        check("work.events", "work.events.raft", false);
        check("work.*", "work.events.raft", true);
        check("*", "digest", true);
        check("service.*.running", "service.a.b.running", true);
        check("service.*.running", "service.running", false);
        check("*a*a", "a", false);
        check("*a*a", "ba-a", true);
    }

    #[test]
    fn amounts_are_exact_and_the_last_rule_counts() {
        let figure = |text| Figure::parse(text);
        let allows = |rule: &str, was, is| Rule::parse(rule).unwrap().allows(figure(was), figure(is));
        assert!(allows("a 2%", "100", "98") && !allows("a 2%", "100", "97.999999999"));
        assert!(!allows("a 2%", "0", "0.000000001"), "2 % of nothing is nothing");
        assert!(allows("a 0.5%", "1000", "1005") && !allows("a 0.5%", "1000", "1005.1"));
        assert!(allows("a 0.5", "1", "1.5") && !allows("a 0.5", "1", "0.4"));
        assert!(allows("a any", "1", "none") && !allows("a 50%", "1", "none"));
        let rules = ["* 5%", "work.* any"].map(|rule| Rule::parse(rule).unwrap());
        assert_eq!(rule(&rules, "work.events").unwrap().amount, Amount::Any);
        assert_eq!(rule(&rules, "run.time").unwrap().to_string(), "tolerance * 5%");
        assert_eq!(rule(&rules[1..], "run.time"), None);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in
            ["work", "work two", "work -1%", "work NaN", "work 1e3%", "work inf%", "digest 2%", "w 1.23456%"]
        {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
    }
}
