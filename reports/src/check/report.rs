//! What a check came to.

use std::fmt;

use super::figure::Figure;
use super::first::First;
use crate::words::{number, plural, visible};

/// What a check came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The version of this program.
    pub program: String,
    /// The baseline's file as the user named it.
    pub baseline: String,
    /// Every scenario, in the baseline's order.
    pub checked: Vec<Checked>,
    /// Scenarios that were not begun, since the user stopped.
    pub unfinished: usize,
    /// Scenarios of the baseline that were not asked for.
    pub aside: usize,
    /// What a reader may want to know besides.
    pub notes: Vec<String>,
    /// Whether differences were accepted and not held against anybody.
    pub accepted: bool,
}

/// One scenario.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// What the baseline calls it.
    pub scenario: String,
    /// Its file as the user would name it; `None` if it is one of the library.
    pub file: Option<String>,
    /// Why it fails; empty if it does not.
    pub failures: Vec<Failure>,
    /// What differed and was accepted.
    pub accepted: Vec<Failure>,
    /// What a reader may want to know besides.
    pub notes: Vec<String>,
}

/// One reason why a scenario fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The reason.
    pub what: What,
    /// The line of the scenario file that it is about, from 1.
    pub line: usize,
}

/// Why a scenario fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is not in the baseline.
    New,
    /// It is in the baseline and nowhere else.
    Missing,
    /// It cannot be used: what is wrong with it.
    Unusable(String),
    /// It is not what it was, so that there is nothing to compare.
    Changed {
        /// What of it: scenario, strategy or seed.
        fact: &'static str,
        /// In the baseline.
        was: String,
        /// Now.
        is: String,
    },
    /// Its course is another, first of all there (if it was looked for).
    Course(Option<First>),
    /// A metric has another value.
    Metric {
        /// Which.
        name: String,
        /// In the baseline, if it is there.
        was: Option<Figure>,
        /// Now, if the run has it.
        is: Option<Figure>,
    },
    /// An expectation of its own does not hold.
    Unmet(String),
    /// An invariant is broken.
    Invariant(String),
}

impl What {
    /// One word for it.
    pub const fn kind(&self) -> &'static str {
        match self {
            What::New => "new",
            What::Missing => "missing",
            What::Unusable(_) => "unusable",
            What::Changed { .. } => "changed",
            What::Course(_) => "course",
            What::Metric { .. } => "metric",
            What::Unmet(_) => "expected",
            What::Invariant(_) => "invariant",
        }
    }

    /// Whether a new baseline would mend it.
    pub const fn can_be_accepted(&self) -> bool {
        !matches!(self, What::Unusable(_) | What::Unmet(_) | What::Invariant(_))
    }

    /// It in sentences, one a line.
    pub fn lines(&self) -> Vec<String> {
        match self {
            What::Course(Some(first)) => first.lines(),
            other => vec![other.to_string()],
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = |name: &str, figure: &Option<Figure>| figure.map_or("absent".into(), |f| f.said(name));
        match self {
            What::New => f.write_str("not in the baseline; --accept adds it"),
            What::Missing => f.write_str("in the baseline, but not there any more; --accept drops it"),
            What::Unusable(why) | What::Unmet(why) | What::Invariant(why) => f.write_str(&visible(why)),
            What::Changed { fact: "scenario", .. } => f.write_str(
                "the scenario, or a file that it names, was changed: nothing compared; --accept takes it",
            ),
            What::Changed { fact, was, is } => {
                write!(f, "the {fact} was {}, is {}: nothing compared", visible(was), visible(is))
            }
            What::Course(None) => f.write_str("another digest"),
            What::Course(Some(first)) => f.write_str(&first.lines().join("; ")),
            What::Metric { name, was, is } => {
                write!(f, "{}: was {}, is {}", visible(name), figure(name, was), figure(name, is))?;
                was.zip(*is).iter().try_for_each(|(was, is)| write!(f, " ({})", is.change_from(*was)))
            }
        }
    }
}

impl Checked {
    /// Whether it fails.
    pub fn fails(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Its result in a word.
    pub fn result(&self) -> &'static str {
        let unusable = self.failures.iter().any(|f| matches!(f.what, What::Unusable(_)));
        match (unusable, self.fails(), self.accepted.is_empty()) {
            (true, ..) => "unusable",
            (_, true, _) => "failed",
            (_, _, false) => "accepted",
            _ => "same",
        }
    }
}

impl Report {
    /// Whether nothing fails and nothing was left out.
    pub fn is_fine(&self) -> bool {
        self.unfinished == 0 && !self.checked.iter().any(Checked::fails)
    }

    /// The scenarios that fail.
    pub fn failed(&self) -> impl Iterator<Item = &Checked> {
        self.checked.iter().filter(|c| c.fails())
    }

    /// How many scenarios have that result.
    pub fn count(&self, result: &str) -> usize {
        self.checked.iter().filter(|c| c.result() == result).count()
    }

    /// All in one line: `11 scenarios: 10 same, 1 failed`.
    pub fn summary(&self) -> String {
        let results = ["same", "accepted", "failed", "unusable"].map(|result| (self.count(result), result));
        let all = results.into_iter().chain([(self.unfinished, "not begun")]);
        let said: Vec<String> =
            all.filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(n as u64))).collect();
        let total = plural(self.checked.len() + self.unfinished, "scenario");
        if said.is_empty() { total } else { format!("{total}: {}", said.join(", ")) }
    }
}
