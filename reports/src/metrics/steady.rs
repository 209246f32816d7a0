//! Metrics of what a run settles down to: its warm-up does not count.

use super::Metrics;
use crate::measure::{Book, Load, Series, part};
use crate::stats::mser5;

/// A run of fewer buckets is too short to have a steady part.
const FEWEST: usize = 100;
/// MSER-5 deletes in steps of so many buckets.
const STEP: usize = 5;

impl Metrics {
    /// What is left after the warm-up. A run that is too short, or that had not settled down after half of it, has none of
    /// these.
    pub(super) fn of_steady(&mut self, load: &Load, book: &Book) {
        let Some(first) = warm_up(load) else { return };
        let (begin, _) = load.waiting.span(first);
        let lasted = load.waiting.until().since(begin).nanos();
        self.put("steady.warmup", begin.nanos().into());
        self.put("steady.waiting.mean", part(load.waiting.area_from(first), lasted.into()));
        let created_since = book.tasks().map(|(_, task)| task).filter(|task| task.created >= begin);
        let waits: Vec<u128> = created_since
            .filter_map(|task| Some(u128::from(task.assigned?.since(task.created).nanos())))
            .collect();
        if let Some(mean) = waits.iter().sum::<u128>().checked_div(waits.len() as u128) {
            self.put("steady.wait.mean", mean);
        }
        let (held, capacity) = (&load.held.cpu, &load.capacity.cpu);
        self.put("steady.reserved_cpu.mean", part(held.area_from(first), capacity.area_from(first)));
    }
}

/// The first bucket after the warm-up: the run is steady when both the tasks that wait and what is reserved are.
fn warm_up(load: &Load) -> Option<usize> {
    let waiting = cut(&means(&load.waiting))?;
    let (held, capacity) = (means(&load.held.cpu), means(&load.capacity.cpu));
    let share = |(held, capacity): (&f64, &f64)| if *capacity > 0.0 { held / capacity } else { 0.0 };
    let reserved = cut(&held.iter().zip(&capacity).map(share).collect::<Vec<_>>())?;
    Some(waiting.max(reserved))
}

/// The means of the buckets that are over.
fn means(series: &Series) -> Vec<f64> {
    let whole = |i: &usize| series.span(*i).1 == series.width();
    (0..series.buckets().len()).filter(whole).map(|i| series.mean(i)).collect()
}

/// How many values belong to the warm-up. MSER-5 looks no further than the middle: what is best there is no better than what
/// lies behind, so the series had not settled down.
fn cut(series: &[f64]) -> Option<usize> {
    let found = mser5(series).filter(|_| series.len() >= FEWEST)?;
    (found.delete / STEP < series.len() / STEP / 2).then_some(found.delete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_cut_off() {
        let series: Vec<f64> = (0..200).map(|i| f64::from(i.min(60))).collect();
        assert_eq!(cut(&series), Some(60));
        assert_eq!(cut(&[3.0; 200]), Some(0), "what never changes is steady from the start");
    }

    #[test]
    fn what_never_settles_down_has_no_steady_part() {
        let growing: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(cut(&growing), None);
        let late: Vec<f64> = (0..200).map(|i| f64::from(i.min(120))).collect();
        assert_eq!(cut(&late), None, "it settles in its second half only");
        assert_eq!(cut(&[3.0; 99]), None, "too few values");
    }
}
