//! Trials kept in a file, so that a comparison can go on where it was stopped.
//!
//! The file is a tidy table: `scenario,variant,trial,seed,metric,unit,value`, values exact enough to be read back to the
//! same bits. The last row of each trial is its `trial.broken`: variants in which an invariant was broken, so that a trial
//! that was cut short is known by its lack.

use std::collections::BTreeMap;

use super::{Plan, Trial};
use crate::metrics::info;
use crate::output::tables::Table;

/// The table's head.
const HEAD: [&str; 7] = ["scenario", "variant", "trial", "seed", "metric", "unit", "value"];
/// The row that ends a variant's part of a trial.
const END: &str = "trial.broken";

/// Writes and reads such a file.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// What was compared, with a hash: trials of anything else do not count.
    pub scenario: &'a str,
}

/// Why kept trials cannot be gone on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// It is no such table.
    #[error("row {row} is not of the form that kept trials have: {why}")]
    Malformed {
        /// The row, from 1 behind the head.
        row: usize,
        /// What is wrong.
        why: String,
    },
    /// It is of something else.
    #[error("row {row} has {what} '{found}', and here it is '{expected}'")]
    Other {
        /// The row.
        row: usize,
        /// Which column.
        what: &'static str,
        /// What it says.
        found: String,
        /// What it would have to say.
        expected: String,
    },
}

impl Kept<'_> {
    /// The head of a new file.
    pub fn head() -> String {
        format!("{}\n", HEAD.join(","))
    }

    /// A trial's rows.
    pub fn rows(&self, plan: &Plan, trial: &Trial) -> String {
        let mut table = Table::new(&HEAD);
        let (number, seed) = (trial.number.to_string(), trial.seed.to_string());
        for (variant, (values, broken)) in plan.variants.iter().zip(trial.values.iter().zip(&trial.broken)) {
            let mut row = |metric: &str, unit: &str, value: &str| {
                table.row(&[self.scenario, &variant.label, &number, &seed, metric, unit, value]);
            };
            for (name, value) in plan.metrics.iter().zip(values) {
                let unit = info(name).map_or("1", |info| info.unit.symbol());
                value.iter().for_each(|value| row(name, unit, &value.to_string()));
            }
            row(END, "1", if *broken { "1" } else { "0" });
        }
        let text = table.finish();
        text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
    }

    /// The trials of a file: the first ones, as far as they are whole, and no more than the plan has.
    ///
    /// # Errors
    /// What is wrong with the file, or that it is of another comparison.
    pub fn read(&self, plan: &Plan, text: &str) -> Result<Vec<Trial>, KeptError> {
        let places: BTreeMap<&str, usize> = plan.metrics.iter().map(|m| m.as_str()).zip(0..).collect();
        let mut trials: Vec<Trial> = Vec::new();
        let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let (mut variant, mut open) = (0, Trial::empty(plan, 0));
        for (i, row) in rows.records().enumerate() {
            let row_number = i + 1;
            let malformed = |why: String| KeptError::Malformed { row: row_number, why };
            let row = row.map_err(|e| malformed(e.to_string()))?;
            let cell = |c: usize| row.get(c).unwrap_or("");
            if row.len() < HEAD.len() {
                // The last line of a file that was being written when the machine went.
                break;
            }
            let same = |what: &'static str, found: &str, expected: &str| match found == expected {
                true => Ok(()),
                false => {
                    let (found, expected) = (found.to_owned(), expected.to_owned());
                    Err(KeptError::Other { row: row_number, what, found, expected })
                }
            };
            same("scenario", cell(0), self.scenario)?;
            same("variant", cell(1), &plan.variants[variant].label)?;
            same("trial", cell(2), &open.number.to_string())?;
            same("seed", cell(3), &open.seed.to_string())?;
            let value: f64 = cell(6)
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite())
                .ok_or_else(|| malformed(format!("'{}' is no number", cell(6))))?;
            if cell(4) != END {
                let place = places
                    .get(cell(4))
                    .ok_or_else(|| malformed(format!("the metric '{}' is not asked for", cell(4))))?;
                open.values[variant][*place] = Some(value);
                continue;
            }
            open.broken[variant] = value != 0.0;
            variant += 1;
            if variant == plan.variants.len() {
                let next = Trial::empty(plan, open.number + 1);
                trials.push(std::mem::replace(&mut open, next));
                variant = 0;
            }
            if trials.len() as u64 == plan.trials {
                break;
            }
        }
        Ok(trials)
    }
}
