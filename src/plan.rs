//! `plan`: answers for somebody who plans a cluster.

use std::ops::RangeInclusive;

use swarmbed_reports::plan::managers::{self, Question};
use swarmbed_scheduler::Span;

use crate::amounts;
use crate::args::{Format, PlanArgs, PlanManagersArgs, Planned, SplitsArg};
use crate::exit::{Done, Exit, Mistakes};
use crate::terminal::{self, Stream};

/// Answers the question.
pub fn run(args: &PlanArgs) -> Done {
    match &args.question {
        Planned::Managers(args) => plan_managers(args),
    }
}

fn plan_managers(args: &PlanManagersArgs) -> Done {
    let question = question(args)?;
    let rows =
        managers::answer(&question).map_err(|e| Mistakes::new(e.to_string(), "give it another time"))?;
    let advice = managers::advice(&question, &rows);
    terminal::print(&match args.format {
        Format::Text => managers::text(&question, &rows, &advice, terminal::style(Stream::Output)),
        Format::Json => managers::json(&question, &rows, &advice),
        Format::Csv => managers::csv(&rows, &advice),
        Format::Markdown => managers::markdown(&question, &rows, &advice),
    });
    Ok(Exit::Fine)
}

fn question(args: &PlanManagersArgs) -> Result<Question, Mistakes> {
    let every_split = args.splits == SplitsArg::All;
    if every_split && args.zones > 3 {
        return Err(Mistakes::new(
            format!("--splits all: there are too many ways to spread managers over {} zones", args.zones),
            "ask for --zones 3 or fewer, or for --splits even",
        ));
    }
    if let Some(price) = args.price.filter(|price| !(price.is_finite() && *price >= 0.0)) {
        return Err(Mistakes::new(format!("--price {price} is no price"), "write a number: 40, or 39.90"));
    }
    let outages = match between_outages(&args.zone_outages)? {
        Some(up) => Some((up, hours("--zone-repair", &args.zone_repair)?)),
        None => None,
    };
    Ok(Question {
        nodes: args.nodes,
        managers: numbers(&args.managers)?,
        zones: args.zones,
        every_split,
        mttf: hours("--mttf", &args.mttf)?,
        mttr: hours("--mttr", &args.mttr)?,
        outages,
        price: args.price,
    })
}

/// A mean time in hours. What is shorter than a second or longer than ten years says nothing of machines.
fn hours(option: &str, text: &str) -> Result<f64, Mistakes> {
    let time = amounts::time(option, text)?.since(swarmbed_scheduler::SimTime::ZERO);
    if time < Span::secs(1) || time > Span::secs(MOST_SECONDS) {
        return Err(Mistakes::new(
            format!("{option} '{text}' is no mean time of machines"),
            "it lies between 1s and 3650d",
        ));
    }
    Ok(time.as_secs_f64() / 3600.0)
}

/// Ten years: a clock of 64 bits sees fifty such times.
const MOST_SECONDS: u64 = 3650 * 86_400;

/// Mean hours between two outages of a zone; nothing if there are none.
fn between_outages(text: &str) -> Result<Option<f64>, Mistakes> {
    let wrong = |help: &str| Mistakes::new(format!("--zone-outages '{text}' does not say how often"), help);
    let how = "write it like this: 1/yr; it may also be /d or /h, or none";
    if text == "none" {
        return Ok(None);
    }
    let (number, unit) = text.split_once('/').ok_or_else(|| wrong(how))?;
    let unit = match unit.trim() {
        "yr" | "y" | "year" => 8760.0,
        "d" | "day" => 24.0,
        "h" => 1.0,
        _ => return Err(wrong(how)),
    };
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    let number = Some(number.trim()).filter(|number| number.chars().all(plain));
    let rate: f64 = number.and_then(|number| number.parse().ok()).ok_or_else(|| wrong(how))?;
    if rate == 0.0 {
        return Ok(None);
    }
    let between = unit / rate;
    if !(1.0..=87_600.0).contains(&between) {
        return Err(wrong("it lies between once in ten years, 0.1/yr, and 1/h"));
    }
    Ok(Some(between))
}

/// `5`, or `1..9` with both ends.
fn numbers(text: &str) -> Result<RangeInclusive<u32>, Mistakes> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.trim_start_matches('=').trim().parse::<u32>().ok();
    match (number(from), number(to)) {
        (Some(from @ 1..=9), Some(to @ 1..=9)) if from <= to => Ok(from..=to),
        _ => Err(Mistakes::new(
            format!("--managers '{text}' is no number of managers from 1 to 9"),
            "write it like this: 5, or 1..9; Docker advises against more than 7",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_or_refused() {
        assert_eq!(numbers("1..9").unwrap(), 1..=9);
        assert_eq!(numbers("5").unwrap(), 5..=5);
        for wrong in ["0", "10", "5..3", "x", "", "1..", "-1", "1..99"] {
            assert!(numbers(wrong).is_err(), "{wrong}");
        }
        assert_eq!(between_outages("1/yr").unwrap(), Some(8760.0));
        assert_eq!(between_outages("0.5/d").unwrap(), Some(48.0));
        assert_eq!((between_outages("none").unwrap(), between_outages("0/yr").unwrap()), (None, None));
        for wrong in ["1", "1/x", "-1/yr", "x/yr", "0.01/yr", "2/h", "/yr", "NaN/yr", "inf/yr", "1e3/yr"] {
            assert!(between_outages(wrong).is_err(), "{wrong}");
        }
        assert_eq!(hours("--mttf", "720h").unwrap(), 720.0);
        for wrong in ["0s", "720", "4000d", ""] {
            assert!(hours("--mttf", wrong).is_err(), "{wrong}");
        }
    }
}
