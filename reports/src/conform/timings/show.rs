//! The result as a table.

use std::fmt;

use super::verdict::{Compared, Measure};
use super::{Conformance, Duration, Found};

impl fmt::Display for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in &self.groups {
            writeln!(f, "{}", group.name)?;
            if !group.unused.is_empty() {
                writeln!(
                    f,
                    "  parameters not used, since nothing depends on them here: {}",
                    group.unused.join(", ")
                )?;
            }
            if group.durations.iter().any(|d| matches!(d.found, Found::Compared(_))) {
                let heads = ["", "n", "recorded p5/p50/p95", "simulated", "distance", ""];
                row(f, heads)?;
            }
            group.durations.iter().try_for_each(|duration| write!(f, "{duration}"))?;
        }
        let ((groups, all_groups), (durations, all)) = (self.groups_agreeing(), self.durations_agreeing());
        write!(
            f,
            "groups {groups}/{all_groups}, durations {durations}/{all}, {} not compared",
            self.not_compared()
        )
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Found::NotCompared(reason) => writeln!(f, "  {}: not compared: {reason}", self.name),
            Found::NeverHappened => writeln!(f, "  {}: never happened here: DIFFERS", self.name),
            Found::Compared(compared) => {
                let Compared { recorded, simulated, measure } = compared;
                let points = |p: [f64; 3]| format!("{:.3}/{:.3}/{:.3}", p[0], p[1], p[2]);
                let [then, now] = match measure {
                    Measure::Duration { .. } => [recorded, simulated].map(|s| points(s.points)),
                    Measure::Count { .. } => [recorded, simulated].map(|s| format!("mean {:.3}", s.mean)),
                };
                let n = format!("{}/{}", recorded.n, simulated.n);
                let verdict = if compared.agrees() { "agrees" } else { "DIFFERS" };
                row(f, [&self.name, &n, &then, &now, &measure.to_string(), verdict])
            }
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, [name, n, then, now, distance, verdict]: [&str; 6]) -> fmt::Result {
    let line = format!("  {name:<66}{n:>11}  {then:<22}{now:<22}{distance:<19}{verdict}");
    writeln!(f, "{}", line.trim_end())
}
