//! `plan`: answers for somebody who plans a cluster.

use std::ops::RangeInclusive;
use std::path::Path;

use swarmbed_reports::plan::managers::{self, Case, Question};
use swarmbed_reports::plot;
use swarmbed_scheduler::Span;

use crate::args::{Format, PlanArgs, PlanManagersArgs, Planned, SplitsArg};
use crate::exit::{Done, Exit, Mistakes};
use crate::progress::Runs;
use crate::terminal::{self, Stream};
use crate::{amounts, files, plots};

/// Answers the question.
pub fn run(args: &PlanArgs) -> Done {
    match &args.question {
        Planned::Managers(args) => plan_managers(args),
    }
}

fn plan_managers(args: &PlanManagersArgs) -> Done {
    let question = question(args)?;
    let gallery = args.plots.as_ref().map(|path| plots::claim(path, &plot::OF_MANAGERS)).transpose()?;
    if let Some(folder) = &args.explain {
        make_folder(folder)?;
    }
    let bar = Runs::new(managers::steps(&question));
    let plan = managers::plan(question, &|| bar.ran())
        .map_err(|e| Mistakes::new(e.to_string(), "give it another time"))?;
    drop(bar);
    terminal::print(&match args.format {
        Format::Text => managers::text(&plan, terminal::style(Stream::Output)),
        Format::Json => managers::json(&plan),
        Format::Csv => managers::csv(&plan),
        Format::Markdown => managers::markdown(&plan),
    });
    if let Some(gallery) = gallery {
        plots::hang(&gallery, &plot::pictures_of_managers(&plan, &again(args)))?;
    }
    args.explain.as_ref().map_or(Ok(()), |folder| explain(folder, &managers::cases(&plan)))?;
    Ok(Exit::Fine)
}

fn make_folder(folder: &Path) -> Result<(), Mistakes> {
    std::fs::create_dir_all(folder).map_err(|e| {
        let message = format!("--explain: '{}' is no folder and cannot be made one: {e}", folder.display());
        Mistakes::new(message, "name a folder, or one that does not exist")
    })
}

/// Writes the scenarios; a file that is there is only replaced if it is one of ours.
fn explain(folder: &Path, cases: &[Case]) -> Result<(), Mistakes> {
    for Case { file, text } in cases {
        let path = folder.join(file);
        let foreign = path.exists() && !files::text(&path)?.starts_with(managers::MARK);
        if foreign {
            let message = format!("--explain: '{}' is there already, and is not of this", path.display());
            return Err(Mistakes::new(message, "name another folder"));
        }
        files::replace(&path, text)?;
        terminal::say(&format!("wrote {}; `swarmbed run {}`", path.display(), path.display()));
    }
    Ok(())
}

/// The command that gives the same answer.
fn again(args: &PlanManagersArgs) -> String {
    let splits = if args.splits == SplitsArg::All { " --splits all" } else { "" };
    format!(
        "plan managers --nodes {} --managers {} --zones {}{splits} --mttf {} --mttr {} --zone-outages {} --zone-repair {} \
         --lost {} --tasks-per-node {} --operations {} --step {} --heartbeat-cost {}",
        args.nodes,
        args.managers,
        args.zones,
        args.mttf,
        args.mttr,
        args.zone_outages,
        args.zone_repair,
        args.lost,
        args.tasks_per_node,
        args.operations,
        args.step,
        args.heartbeat_cost
    )
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
    let (mttf, mttr) = (hours("--mttf", &args.mttf)?, hours("--mttr", &args.mttr)?);
    mostly_up(("--mttr", &args.mttr, mttr), ("--mttf", mttf))?;
    let outages = match between_outages(&args.zone_outages)? {
        Some(up) => Some((up, hours("--zone-repair", &args.zone_repair)?)),
        None => None,
    };
    if let Some((up, down)) = outages {
        mostly_up(("--zone-repair", &args.zone_repair, down), ("--zone-outages", up))?;
    }
    Ok(Question {
        nodes: args.nodes,
        managers: numbers(&args.managers)?,
        zones: args.zones,
        every_split,
        mttf,
        mttr,
        outages,
        lost: share("--lost", &args.lost)?,
        tasks: f64::from(args.tasks_per_node),
        operations: operations(&args.operations)?,
        step: step(&args.step)?,
        beat: amounts::time("--heartbeat-cost", &args.heartbeat_cost)?.as_secs_f64(),
        price: args.price,
    })
}

/// A percentage as a part of one.
fn share(option: &str, text: &str) -> Result<f64, Mistakes> {
    let number = text.trim().strip_suffix('%').and_then(|n| n.trim_end().parse::<f64>().ok());
    number.filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| percent / 100.0).ok_or_else(|| {
        Mistakes::new(
            format!("{option} '{text}' is no share"),
            "write a percentage from 0% to 100%, such as 5%",
        )
    })
}

/// Hours that a step of a procedure takes.
fn step(text: &str) -> Result<f64, Mistakes> {
    let hours = amounts::time("--step", text)?.as_secs_f64() / 3600.0;
    Some(hours).filter(|hours| (1.0 / 60.0..=168.0).contains(hours)).ok_or_else(|| {
        Mistakes::new(
            format!("--step '{text}' is no time in which a manager joins and another goes"),
            "it lies between 1m and 7d",
        )
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

/// What is away for longer is none to plan with, and nine of them would hardly ever be up together.
fn mostly_up((option, text, down): (&str, &str, f64), (other, up): (&str, f64)) -> Result<(), Mistakes> {
    if down > up / 10.0 {
        let message = format!("{option} '{text}' is more than a tenth of the time between two failures");
        let help = format!("make it shorter, or {other} such that ten times as long lies between two");
        return Err(Mistakes::new(message, help));
    }
    Ok(())
}

/// Ten years: a clock of 64 bits sees fifty such times.
const MOST_SECONDS: u64 = 3650 * 86_400;

/// Mean hours between two outages of a zone; nothing if there are none.
fn between_outages(text: &str) -> Result<Option<f64>, Mistakes> {
    let wrong = |help: &str| Mistakes::new(format!("--zone-outages '{text}' does not say how often"), help);
    let rate =
        a_year(text).ok_or_else(|| wrong("write it like this: 1/yr; it may also be /d or /h, or none"))?;
    if rate == 0.0 {
        return Ok(None);
    }
    let between = 8760.0 / rate;
    if !(1.0..=87_600.0).contains(&between) {
        return Err(wrong("it lies between once in ten years, 0.1/yr, and 1/h"));
    }
    Ok(Some(between))
}

/// Commands of operators a year.
fn operations(text: &str) -> Result<f64, Mistakes> {
    a_year(text).filter(|rate| *rate <= 1e9).ok_or_else(|| {
        Mistakes::new(
            format!("--operations '{text}' does not say how often"),
            "write it like this: 100/d; it may also be /yr or /h, or none; a billion a year at most",
        )
    })
}

/// `100/d`, `1/yr` or `none`: how often a year.
fn a_year(text: &str) -> Option<f64> {
    if text == "none" {
        return Some(0.0);
    }
    let (number, unit) = text.split_once('/')?;
    let times = match unit.trim() {
        "yr" | "y" | "year" => 1.0,
        "d" | "day" => 365.0,
        "h" => 8760.0,
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    let number = Some(number.trim()).filter(|number| number.chars().all(plain))?;
    Some(times * number.parse::<f64>().ok()?)
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
        assert_eq!(operations("100/d").unwrap(), 36_500.0);
        for wrong in ["100", "1e99/d", "-1/d", "2000000/h"] {
            assert!(operations(wrong).is_err(), "{wrong}");
        }
        assert_eq!((share("--lost", "5%").unwrap(), share("--lost", "0 %").unwrap()), (0.05, 0.0));
        for wrong in ["5", "101%", "-1%", "NaN%", "%"] {
            assert!(share("--lost", wrong).is_err(), "{wrong}");
        }
        assert!(step("10m").is_ok() && step("1s").is_err() && step("8d").is_err());
        assert_eq!(hours("--mttf", "720h").unwrap(), 720.0);
        for wrong in ["0s", "720", "4000d", ""] {
            assert!(hours("--mttf", wrong).is_err(), "{wrong}");
        }
    }
}
