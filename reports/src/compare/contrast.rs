//! One variant held against the base in one metric.

use super::CONFIDENCE;
use super::few::Few;
use crate::metrics::Better;
use crate::stats::{Difference, Interval, Moments, holm, trials_for};

/// Trials in which both have the metric.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    base: Moments,
    here: Moments,
    difference: Moments,
    differences: Few,
    /// Trials in which only one of them has it.
    alone: u64,
}

impl Pairs {
    pub(super) fn add(&mut self, base: Option<f64>, here: Option<f64>) {
        match (base, here) {
            (Some(base), Some(here)) => {
                self.base.push(base);
                self.here.push(here);
                self.difference.push(here - base);
                self.differences.push(here - base);
            }
            (None, None) => {}
            _ => self.alone += 1,
        }
    }

    /// Whether half of the interval is at most so much of the mean.
    pub(super) fn is_within(&self, part: f64) -> bool {
        let Some(difference) = Difference::paired(&self.difference) else { return self.difference.n() == 0 };
        difference.interval(CONFIDENCE).half() <= part * self.scale()
    }

    /// The larger of the two means: what differences are a part of, where the base's may be zero.
    fn scale(&self) -> f64 {
        let size = |m: &Moments| m.mean().unwrap_or(0.0).abs();
        size(&self.base).max(size(&self.here))
    }

    fn is_same(&self) -> bool {
        let spread = self.difference.variance().unwrap_or(0.0);
        self.alone == 0 && self.difference.mean() == Some(0.0) && spread == 0.0
    }
}

/// One variant held against the base in one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// Trials in which both have the metric.
    pub pairs: u64,
    /// Trials in which only one of them has it.
    pub alone: u64,
    /// The base's mean over these pairs.
    pub base: Option<f64>,
    /// The mean of the differences, the base's value taken from the variant's.
    pub difference: Option<f64>,
    /// Student's interval of the differences, of pairs with the same seed.
    pub interval: Option<Interval>,
    /// The interval as it would be had the trials not shared their random numbers (Welch).
    pub unpaired: Option<Interval>,
    /// The mean difference in standard deviations of a single pair's.
    pub effect: Option<f64>,
    /// How likely so large a difference would be if there were none.
    pub p: Option<f64>,
    /// The same with Holm's correction for all the questions asked at once: what the verdict goes by.
    pub p_holm: Option<f64>,
    /// What to make of it.
    pub verdict: Verdict,
    differences: Few,
}

impl Contrast {
    /// Efron's interval of the differences, for differences that are far from normal. It takes some thousand resamplings, so
    /// it is worked out for those who ask; `seed` is what they draw from.
    pub fn resampled(&self, seed: u64) -> Option<Interval> {
        self.differences.resampled(seed)
    }
}

/// What to make of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same value in every trial.
    Same,
    /// Better than the base.
    Better,
    /// Worse than the base.
    Worse,
    /// More than the base, of something that is neither good nor bad.
    More,
    /// Less than the base, of something that is neither good nor bad.
    Less,
    /// There may be a difference, but none that one would care about.
    NoneShown,
    /// So few trials cannot tell.
    TooFew {
        /// About how many more it takes, if that is a number anybody would run.
        more: Option<u64>,
    },
    /// No trial has the metric on both sides.
    Absent,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Verdict::Same => "the same",
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::More => "more",
            Verdict::Less => "less",
            Verdict::NoneShown => "no difference shown",
            Verdict::TooFew { .. } => "too few trials",
            Verdict::Absent => "no value",
        }
    }

    /// Whether it says that there is a difference.
    pub const fn is_difference(self) -> bool {
        matches!(self, Verdict::Better | Verdict::Worse | Verdict::More | Verdict::Less)
    }
}

/// The level that p-values are compared with.
const LEVEL: f64 = 1.0 - CONFIDENCE;
/// The trials that are advised to somebody who has one.
const A_START: u64 = 20;

/// Every contrast, by metric and variant. All are questions of one table and corrected together.
pub(super) fn contrasts(metrics: &[&[Pairs]], better: &[Better], resolution: f64) -> Vec<Vec<Contrast>> {
    let p = |pairs: &Pairs| Difference::paired(&pairs.difference).map(|d| d.p());
    let asked: Vec<f64> = metrics.iter().flat_map(|m| m.iter().filter_map(p)).collect();
    let mut adjusted = holm(&asked).into_iter();
    let judge = |pairs: &Pairs, better: Better, p_holm: Option<f64>| {
        let verdict = verdict(pairs, better, p_holm, (asked.len(), resolution));
        let paired = Difference::paired(&pairs.difference);
        Contrast {
            pairs: pairs.difference.n(),
            alone: pairs.alone,
            base: pairs.base.mean(),
            difference: pairs.difference.mean(),
            interval: paired.map(|d| d.interval(CONFIDENCE)),
            unpaired: Difference::welch(&pairs.here, &pairs.base).map(|d| d.interval(CONFIDENCE)),
            effect: paired.and_then(|d| d.effect()),
            p: p(pairs),
            p_holm,
            verdict,
            differences: pairs.differences.clone(),
        }
    };
    let mut row = |(pairs, better): (&&[Pairs], &Better)| -> Vec<Contrast> {
        pairs.iter().map(|pairs| judge(pairs, *better, p(pairs).and_then(|_| adjusted.next()))).collect()
    };
    metrics.iter().zip(better).map(&mut row).collect()
}

fn verdict(
    pairs: &Pairs,
    better: Better,
    p_holm: Option<f64>,
    (questions, resolution): (usize, f64),
) -> Verdict {
    let Some(mean) = pairs.difference.mean() else { return Verdict::Absent };
    if pairs.is_same() {
        return Verdict::Same;
    }
    let Some(difference) = Difference::paired(&pairs.difference) else {
        return Verdict::TooFew { more: Some(A_START - 1) };
    };
    if p_holm.is_some_and(|p| p < LEVEL) {
        return match (better, mean > 0.0) {
            (Better::Less, true) | (Better::More, false) => Verdict::Worse,
            (Better::Less, false) | (Better::More, true) => Verdict::Better,
            (Better::Neither, true) => Verdict::More,
            (Better::Neither, false) => Verdict::Less,
        };
    }
    let interval = difference.interval(CONFIDENCE);
    let fine = resolution * pairs.scale();
    if interval.holds(0.0) && interval.half() <= fine {
        return Verdict::NoneShown;
    }
    Verdict::TooFew { more: more(pairs, &difference, questions, fine) }
}

/// How many trials more would show the difference that is seen so far, if one is seen, or else rule out one that
/// matters.
fn more(pairs: &Pairs, difference: &Difference, questions: usize, fine: f64) -> Option<u64> {
    let sd = pairs.difference.sd()?;
    let strict = 1.0 - LEVEL / questions.max(1) as f64;
    let seen = !difference.interval(CONFIDENCE).holds(0.0);
    let enough = if sd == 0.0 {
        // So many heads in a row are no chance any more.
        Some((libm::log2(questions.max(1) as f64 / LEVEL) as u64) + 2)
    } else if seen {
        trials_for(difference.mean.abs(), sd, strict)
    } else {
        trials_for(fine, sd, CONFIDENCE)
    };
    enough.map(|n| n.saturating_sub(pairs.difference.n()).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(values: &[(f64, f64)]) -> Pairs {
        let mut pairs = Pairs::default();
        values.iter().for_each(|(base, here)| pairs.add(Some(*base), Some(*here)));
        pairs
    }

    fn judged(values: &[(f64, f64)], better: Better) -> Contrast {
        contrasts(&[&[pairs(values)]], &[better], 0.05).remove(0).remove(0)
    }

    #[test]
    fn one_trial_tells_nothing_but_is_shown() {
        let one = judged(&[(2.0, 3.0)], Better::Less);
        assert_eq!((one.difference, one.interval, one.p), (Some(1.0), None, None));
        assert_eq!(one.verdict, Verdict::TooFew { more: Some(19) });
        assert_eq!(judged(&[], Better::Less).verdict, Verdict::Absent);
        assert_eq!(judged(&[(2.0, 2.0)], Better::Less).verdict, Verdict::Same);
    }

    #[test]
    fn verdicts_follow_the_direction() {
        let longer: Vec<(f64, f64)> =
            (0..20).map(|i| (f64::from(i), f64::from(i) + 5.0 + f64::from(i % 3))).collect();
        assert_eq!(judged(&longer, Better::Less).verdict, Verdict::Worse);
        assert_eq!(judged(&longer, Better::More).verdict, Verdict::Better);
        assert_eq!(judged(&longer, Better::Neither).verdict, Verdict::More);
        let wide = judged(&longer, Better::Less);
        assert!(wide.interval.unwrap().half() < 0.5 * wide.unpaired.unwrap().half(), "pairs are sharper");
    }

    #[test]
    fn no_difference_is_told_from_too_few_trials() {
        let noise = |size: f64| -> Vec<(f64, f64)> {
            (0..20).map(|i| (100.0, 100.0 + if i % 2 == 0 { size } else { -size })).collect()
        };
        assert_eq!(judged(&noise(1.0), Better::Less).verdict, Verdict::NoneShown);
        let few = judged(&noise(40.0), Better::Less);
        let Verdict::TooFew { more: Some(more) } = few.verdict else { panic!("{few:?}") };
        assert!((200..300).contains(&more), "(1.96 · 41 / 5)² is 258: {more}");
    }

    #[test]
    fn differences_without_spread_need_a_few_trials_too() {
        assert_eq!(judged(&[(1.0, 2.0); 2], Better::Less).verdict, Verdict::TooFew { more: Some(4) });
        let sure = judged(&[(1.0, 2.0); 6], Better::Less);
        assert_eq!((sure.verdict, sure.effect), (Verdict::Worse, None));
    }

    #[test]
    fn what_is_missing_in_a_trial_is_no_pair() {
        let mut some = pairs(&[(1.0, 1.0), (2.0, 2.0)]);
        some.add(None, Some(9.0));
        some.add(None, None);
        let found = contrasts(&[&[some]], &[Better::Less], 0.05).remove(0).remove(0);
        assert_eq!((found.pairs, found.alone, found.difference), (2, 1, Some(0.0)));
        assert_ne!(found.verdict, Verdict::Same, "where one has it and the other has not, they differ");
    }

    #[test]
    fn many_questions_are_corrected_together() {
        // One in twenty shows a difference by chance; asked alone it would be one.
        let lean: Vec<(f64, f64)> = (0..20).map(|i| (10.0, 10.0 + f64::from(i % 5) - 1.4)).collect();
        assert!(judged(&lean, Better::Less).p.unwrap() < 0.1);
        let many = vec![pairs(&lean); 20];
        let row = contrasts(&[&many], &[Better::Less], 0.05).remove(0);
        assert!(row.iter().all(|c| c.p_holm.unwrap() > c.p.unwrap()));
    }
}
