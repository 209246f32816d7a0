//! The baseline: a text file that is kept beside the scenarios and reads well as a diff. Nothing in it depends on the
//! time, the host or the order in which anything ran.
//!
//! ```text
//! swarmbed-baseline 1
//! program 0.1.0
//!
//! # What may differ, and by how much; without a rule nothing may.
//! tolerance work.events.* 2%
//!
//! scenario basics/walkthrough.toml
//!   hash f84d…
//!   strategy swarm-spread
//!   seed 1
//!   digest 3c6f…
//!   decisions 9
//!     Xy3aQ…                      five characters for each of the first 1,024
//!   observations 185 every 1
//!     0aZ_7…                      five characters for each checkpoint
//!   metric containers.exited 3
//! ```
//!
//! Scenarios stand in byte order, so do the metrics of each; comments and rules are kept as they were written.

use std::collections::BTreeMap;
use std::fmt;

use super::course::{CHECKPOINTS, Course, DECISIONS, Mark};
use super::figure::Figure;
use super::rules::Rule;

/// The form of the file that this program writes, and the only one that it reads.
pub const FORM: u32 = 1;
/// How every baseline begins.
pub const MAGIC: &str = "swarmbed-baseline";

/// Marks in one line.
const PER_LINE: usize = 20;

/// What is kept of every scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The version of the program that wrote it.
    pub program: String,
    /// Comments, rules and blank lines before the first scenario, as they stand there.
    pub head: Vec<String>,
    /// The rules among them, each with its line from 1.
    pub rules: Vec<Rule>,
    /// The scenarios by their path as seen from the baseline's folder.
    pub entries: BTreeMap<String, Entry>,
}

/// What is kept of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// A hash of what the run was built from.
    pub hash: String,
    /// The strategy, parameters and all.
    pub strategy: String,
    /// The seed.
    pub seed: u64,
    /// The digest of the run.
    pub digest: String,
    /// Its course.
    pub course: Course,
    /// Its metrics.
    pub metrics: BTreeMap<String, Figure>,
}

/// Why a text is no baseline that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: found {found}, expected {expected}")]
pub struct BaselineError {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

impl Baseline {
    /// A baseline of no scenario, with a word on rules for whoever opens it.
    pub fn new(program: &str) -> Baseline {
        let head = [
            "",
            "# What may differ, and by how much: tolerance METRIC AMOUNT, such as work.* 2%. So far nothing may.",
        ];
        Baseline { program: program.to_owned(), head: head.map(str::to_owned).into(), ..Baseline::default() }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// The first line that cannot be used.
    pub fn parse(text: &str) -> Result<Baseline, BaselineError> {
        let mut reader = Reader { baseline: Baseline::default(), entry: None };
        let mut lines = (1..).zip(text.lines());
        for expected in [format!("`{MAGIC} {FORM}`"), "`program VERSION`".to_owned()] {
            let (line, found) = lines.next().unwrap_or((1, ""));
            reader.opening(line, found.trim_end()).map_err(|()| error(line, found, &expected))?;
        }
        for (line, text) in lines {
            reader.line(text.trim_end()).map_err(|expected| error(line, text, &expected))?;
        }
        reader.close().map_err(|expected| error(text.lines().count(), "the end", &expected))?;
        Ok(reader.baseline)
    }
}

fn error(line: usize, found: &str, expected: &str) -> BaselineError {
    let found = found.trim();
    let mut short: String = found.chars().take(60).collect();
    if short.len() < found.len() {
        short.push('…');
    }
    BaselineError { line, found: format!("'{short}'"), expected: expected.to_owned() }
}

struct Reader {
    baseline: Baseline,
    entry: Option<(String, Entry)>,
}

impl Reader {
    /// The first two lines.
    fn opening(&mut self, line: usize, text: &str) -> Result<(), ()> {
        match (line, text.split_once(' ')) {
            (1, Some((MAGIC, form))) if form == FORM.to_string() => Ok(()),
            (2, Some(("program", version))) => {
                self.baseline.program = version.to_owned();
                Ok(())
            }
            _ => Err(()),
        }
    }

    /// Any other line; the error says what was expected.
    fn line(&mut self, text: &str) -> Result<(), String> {
        let (word, rest) = text.trim_start().split_once(' ').unwrap_or((text.trim_start(), ""));
        match (word, &mut self.entry) {
            ("scenario", _) if !rest.is_empty() => {
                self.close()?;
                if self.baseline.entries.contains_key(rest) {
                    return Err("each scenario once".to_owned());
                }
                self.entry = Some((rest.to_owned(), Entry::default()));
                Ok(())
            }
            (_, Some((_, entry))) => entry.fact(text, word, rest),
            (_, None) => self.head(text, word, rest),
        }
    }

    fn head(&mut self, text: &str, word: &str, rest: &str) -> Result<(), String> {
        match word {
            "tolerance" => self.baseline.rules.push(Rule::parse(rest)?),
            word if word.is_empty() || word.starts_with('#') => {}
            _ => return Err("a comment, `tolerance METRIC AMOUNT` or `scenario PATH`".to_owned()),
        }
        self.baseline.head.push(text.to_owned());
        Ok(())
    }

    /// The scenario so far is whole.
    fn close(&mut self) -> Result<(), String> {
        let Some((name, entry)) = self.entry.take() else {
            while self.baseline.head.last().is_some_and(String::is_empty) {
                self.baseline.head.pop();
            }
            return Ok(());
        };
        if let Some(lack) = entry.lacks() {
            return Err(format!("{lack} of '{name}' before its end"));
        }
        self.baseline.entries.insert(name, entry);
        Ok(())
    }
}

impl Entry {
    /// Takes a line in; the error says what was expected.
    fn fact(&mut self, text: &str, word: &str, rest: &str) -> Result<(), String> {
        if word.is_empty() || word.starts_with('#') {
            return Ok(());
        }
        if text.starts_with("    ") {
            return self
                .marks(word)
                .ok_or_else(|| "marks of five letters each, as many as were made".to_owned());
        }
        let count = |text: &str| text.parse::<u64>().map_err(|_| "a whole number".to_owned());
        match word {
            "hash" => self.hash = rest.to_owned(),
            "strategy" => self.strategy = rest.to_owned(),
            "seed" => self.seed = count(rest)?,
            "digest" => self.digest = rest.to_owned(),
            "decisions" => self.course.decisions = count(rest)?,
            "observations" => {
                let (observations, step) = rest.split_once(" every ").ok_or("`observations N every STEP`")?;
                let power = || "a power of two".to_owned();
                self.course.observations = count(observations)?;
                self.course.step = count(step).ok().filter(|n| n.is_power_of_two()).ok_or_else(power)?;
            }
            "metric" => {
                let (name, value) = rest.split_once(' ').ok_or("`metric NAME VALUE`")?;
                let value = Figure::parse(value).ok_or("an exact decimal number")?;
                if self.metrics.insert(name.to_owned(), value).is_some() {
                    return Err("each metric once".to_owned());
                }
            }
            _ => return Err("a fact about the scenario, such as `metric NAME VALUE`".to_owned()),
        }
        Ok(())
    }

    /// A line of marks: of decisions as long as the observations are not counted yet.
    fn marks(&mut self, text: &str) -> Option<()> {
        let (marks, most) = match self.course.observations {
            0 => (&mut self.course.chosen, self.course.decisions.min(DECISIONS as u64)),
            n => (&mut self.course.checkpoints, (n / self.course.step).min(CHECKPOINTS as u64)),
        };
        for letters in text.as_bytes().chunks(Mark::WIDTH) {
            marks.push(Mark::parse(letters)?);
        }
        (marks.len() as u64 <= most).then_some(())
    }

    /// A fact that is missing.
    fn lacks(&self) -> Option<&'static str> {
        let course = &self.course;
        let due = course.decisions.min(DECISIONS as u64);
        [
            (self.hash.is_empty(), "the hash"),
            (self.strategy.is_empty(), "the strategy"),
            (self.digest.is_empty(), "the digest"),
            (course.chosen.len() as u64 != due, "all marks of decisions"),
            (course.checkpoints.len() as u64 != course.observations / course.step, "all checkpoints"),
        ]
        .into_iter()
        .find_map(|(lacks, what)| lacks.then_some(what))
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC} {FORM}\nprogram {}", self.program)?;
        self.head.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        self.entries.iter().try_for_each(|(name, entry)| write!(f, "\nscenario {name}\n{entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { hash, strategy, seed, digest, course, metrics } = self;
        writeln!(f, "  hash {hash}\n  strategy {strategy}\n  seed {seed}\n  digest {digest}")?;
        writeln!(f, "  decisions {}", course.decisions)?;
        marks(f, &course.chosen)?;
        writeln!(f, "  observations {} every {}", course.observations, course.step)?;
        marks(f, &course.checkpoints)?;
        metrics.iter().try_for_each(|(name, value)| writeln!(f, "  metric {name} {value}"))
    }
}

fn marks(f: &mut fmt::Formatter<'_>, marks: &[Mark]) -> fmt::Result {
    for line in marks.chunks(PER_LINE) {
        f.write_str("    ")?;
        line.iter().try_for_each(|mark| write!(f, "{mark}"))?;
        f.write_str("\n")?;
    }
    Ok(())
}
