//! Which number to take, and by which rule.

use super::{Question, Row, in_zones};
use crate::compare::significant;

/// A number of managers, and the rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which row; nothing if none can be advised.
    pub row: Option<usize>,
    /// One sentence.
    pub text: String,
}

/// Two more managers are worth it if they save so many minutes a year at least.
const WORTH: f64 = 1.0;

/// Even numbers survive no more failures than the odd one before, and more can fail.
pub(super) fn strike_out(rows: &mut [Row]) {
    for row in rows.iter_mut().filter(|row| row.managers.is_multiple_of(2)) {
        let (odd, survived) = (row.managers - 1, row.failures());
        let survives = if odd == 1 { "survives" } else { "survive" };
        let as_many = match survived {
            0 => "none either".to_owned(),
            n => format!("{n} too"),
        };
        row.out = Some(format!("even: {odd} {survives} {as_many}, and fewer can fail"));
    }
}

/// The fewest that pass the rules, of which the first is left out where no number can pass it: the loss of any one zone is
/// survived; so is a crash while another manager is in maintenance; two more would save less than a minute a year without
/// a quorum, which is exact: how often a leader is elected does not depend on their number.
pub fn advice(question: &Question, rows: &[Row]) -> Advice {
    let sound = |row: &Row| row.out.is_none() && row.managers <= question.nodes;
    let by_zone = rows.iter().any(|row| sound(row) && row.survives_zone());
    let passes = |row: &Row| sound(row) && row.survives_maintenance() && (!by_zone || row.survives_zone());
    let best = |managers: u32, passes: &dyn Fn(&Row) -> bool| {
        let of = rows.iter().enumerate().filter(|(_, row)| row.managers == managers && passes(row));
        of.min_by(|(_, a), (_, b)| a.minutes().total_cmp(&b.minutes()))
    };
    let numbers = question.managers.clone().filter(|managers| best(*managers, &passes).is_some());
    let saved = |managers: u32| {
        let (_, here) = best(managers, &passes)?;
        best(managers + 2, &passes).map(|(_, more)| here.minutes() - more.minutes())
    };
    let enough = numbers.clone().find(|managers| saved(*managers).is_none_or(|saved| saved < WORTH));
    let Some((row, chosen)) = enough.and_then(|managers| best(managers, &passes)) else {
        let text =
            "none of these numbers survives a crash while a manager is in maintenance: ask for 5 or more";
        return Advice { row: None, text: text.to_owned() };
    };
    let zone = if by_zone { " and the loss of any one zone" } else { "" };
    let mut text = format!(
        "{} managers{}: the fewest that survive a crash while one is in maintenance{zone}",
        chosen.managers,
        if question.zones > 1 { format!(", {}", in_zones(&chosen.split)) } else { String::new() },
    );
    let is_fewest = numbers.clone().next() == Some(chosen.managers);
    match saved(chosen.managers) {
        Some(_) if !is_fewest => text.push_str(", and from which on two more save less than 1 min a year"),
        None if !is_fewest => {
            text.push_str(", and the most that were asked for: two fewer would cost more than 1 min a year")
        }
        _ => {}
    }
    let fewer = chosen.managers.checked_sub(2).and_then(|fewer| best(fewer, &sound));
    if let Some((_, fewer)) = fewer {
        let more = Difference::between(fewer, chosen);
        text.push_str(&match fewer.minutes() - chosen.minutes() < WORTH {
            true => format!(". {}: that rule decided", more.none_beyond(fewer, chosen)),
            false => format!(
                ". {} would be without a leader for {} min a year more",
                fewer.managers,
                significant(more.minutes, 2)
            ),
        });
    }
    let most = saved(chosen.managers).filter(|saved| *saved < WORTH);
    if let Some((_, most)) = most.and_then(|_| best(chosen.managers + 2, &passes)) {
        text.push_str(&format!(". {}", Difference::between(chosen, most).none_beyond(chosen, most)));
    }
    if !by_zone && question.outages.is_some() {
        text.push_str(". None of these survives the loss of a zone: that takes three zones");
    }
    Advice { row: Some(row), text }
}

/// Minutes a year without a leader that one number has more than another.
#[derive(Clone, Copy)]
struct Difference {
    minutes: f64,
    /// Half of a 95 % interval.
    half: f64,
}

impl Difference {
    fn between(here: &Row, more: &Row) -> Difference {
        let (one, other) = (here.leaderless(), more.leaderless());
        let half = 2.0 * libm::sqrt(one.se * one.se + other.se * other.se);
        Difference { minutes: one.value - other.value, half }
    }

    fn none_beyond(self, fewer: &Row, more: &Row) -> String {
        let beyond = significant(self.minutes.abs().max(self.half), 2);
        let [fewer, more] = [fewer.managers, more.managers];
        format!("{fewer} and {more} do not differ here beyond {beyond} min a year without a leader")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{answer, tests::question};
    use super::*;

    fn advised(question: &Question) -> (Option<u32>, String) {
        let rows = answer(question, &|| ()).unwrap();
        let Advice { row, text } = advice(question, &rows);
        (row.map(|row| rows[row].managers), text)
    }

    #[test]
    fn the_rule_that_decided_is_told() {
        let (managers, text) = advised(&Question { managers: 1..=9, ..question() });
        assert_eq!(managers, Some(5));
        let sentences: Vec<&str> = text.split(". ").collect();
        let rule = "5 managers, 2-2-1: the fewest that survive a crash while one is in maintenance and the loss of any one zone";
        assert_eq!((sentences[0], sentences.len()), (rule, 3), "{text}");
        assert!(sentences[1].starts_with("3 would be without a leader for "), "{text}");
        assert!(sentences[2].starts_with("5 and 7 do not differ here beyond "), "{text}");
        // With machines that hardly fail the minutes are no reason.
        let (managers, text) =
            advised(&Question { managers: 3..=5, mttf: 87_600.0, outages: None, ..question() });
        assert_eq!(managers, Some(5));
        assert!(text.contains(". 3 and 5 do not differ here beyond 0.0"), "{text}");
        assert!(text.ends_with("min a year without a leader: that rule decided"), "{text}");
        // Poor machines are worth more managers.
        let poor =
            Question { managers: 1..=9, mttf: 100.0, mttr: 5.0, outages: None, zones: 1, ..question() };
        let (managers, text) = advised(&poor);
        assert_eq!(managers, Some(9));
        assert!(text.contains("two fewer would cost more than 1 min a year"), "{text}");
        let (managers, text) = advised(&Question { managers: 1..=4, ..question() });
        assert_eq!(managers, None);
        assert!(text.starts_with("none of these numbers survives"), "{text}");
        let (_, text) = advised(&Question { managers: 1..=7, zones: 2, ..question() });
        assert!(
            text.ends_with("None of these survives the loss of a zone: that takes three zones"),
            "{text}"
        );
    }

    #[test]
    fn even_numbers_are_out_and_no_worse_than_said() {
        let rows = answer(&Question { managers: 1..=9, ..question() }, &|| ()).unwrap();
        for row in rows.iter().filter(|row| row.managers % 2 == 0) {
            let odd = rows.iter().find(|other| other.managers == row.managers - 1).unwrap();
            assert!(row.out.is_some() && row.minutes() > odd.minutes() && row.failures() == odd.failures());
        }
        assert!(rows.iter().all(|row| row.out.is_some() == (row.managers % 2 == 0)));
    }
}
