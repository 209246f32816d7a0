//! `validate`: does the simulator agree with theory?

use std::collections::BTreeSet;

use swarmbed_reports::output::page::{Paint, hang};
use swarmbed_reports::validate::{self, Answer, Answered, Budget, Means, TABLES, vectors};
use swarmbed_reports::words::{number, plural};
use swarmbed_scenarios::trouble::nearest;

use crate::args::{BudgetArg, ValidateArgs};
use crate::exit::{Done, Exit, Mistakes};
use crate::files;
use crate::terminal::{self, Stream};

/// The table that holds no experiments but lists of numbers.
const VECTORS: &str = "output_vectors";

/// Holds the simulator against every table of a folder that it can produce.
pub fn run(args: &ValidateArgs) -> Done {
    let there = there(args)?;
    let asked = asked(args, &there)?;
    // A file's name, and no path to elsewhere.
    let beside = |name: &str| {
        let is_name = !name.contains(['/', '\\']);
        is_name.then(|| std::fs::read_to_string(args.folder.join(name)).ok()).flatten()
    };
    let budget = match args.budget {
        BudgetArg::Quick => Budget::Quick,
        BudgetArg::Full => Budget::Full,
    };
    let means = Means { budget, file: &beside };
    let mut sum = Sum::default();
    let mut answered = Vec::new();
    for name in &asked {
        let table = TABLES.iter().find(|table| table.name == name);
        match table {
            None if name == VECTORS => statistics(args, &mut sum)?,
            None => sum.missing.push(name.clone()),
            Some(table) => {
                let text = files::text(&args.folder.join(format!("{name}.csv")))?;
                let rows = validate::answer(table, &text, &means).map_err(|e| malformed(name, &e))?;
                sum.add(name, &rows);
                answered.extend(rows);
            }
        }
    }
    if let Some(path) = &args.out {
        std::fs::write(path, validate::csv(&answered)).map_err(|e| {
            let message = format!("--out: '{}' cannot be written: {e}", path.display());
            Mistakes::new(message, "name a file in a folder that is there")
        })?;
    }
    terminal::print(&sum.finish());
    Ok(if sum.agree == sum.judged { Exit::Fine } else { Exit::Finding })
}

/// What has been held against theory so far.
#[derive(Default)]
struct Sum {
    page: String,
    tables: usize,
    judged: usize,
    agree: usize,
    skipped: usize,
    missing: Vec<String>,
}

impl Sum {
    fn add(&mut self, name: &str, rows: &[Answered]) {
        let style = terminal::style(Stream::Output);
        self.page.push_str(&hang("", name, style, Paint::Head));
        self.page.push_str(&format!("{}\n", validate::text(rows, style)));
        self.tables += 1;
        self.judged += rows.iter().filter(|row| row.agreement.is_some()).count();
        self.agree += rows.iter().filter(|row| row.agreement.as_ref().is_some_and(|a| a.agrees)).count();
        self.skipped += rows.iter().filter(|row| matches!(row.answer, Answer::Skipped(_))).count();
    }

    fn finish(&mut self) -> String {
        let mut page = std::mem::take(&mut self.page);
        if !self.missing.is_empty() {
            let text = format!("not produced yet: {}", self.missing.join(", "));
            page.push_str(&hang("", &text, terminal::style(Stream::Output), Paint::Dim));
            page.push('\n');
        }
        let count = |n: usize| number(n as u64);
        page.push_str(&format!(
            "tables {}, rows {}/{} agree, {} skipped, {} not produced yet\n",
            count(self.tables),
            count(self.agree),
            count(self.judged),
            count(self.skipped),
            plural(self.missing.len(), "table"),
        ));
        page
    }
}

/// The names of the tables in the folder.
fn there(args: &ValidateArgs) -> Result<BTreeSet<String>, Mistakes> {
    let folder = args.folder.display();
    let entries = std::fs::read_dir(&args.folder).map_err(|e| {
        Mistakes::new(
            format!("'{folder}' is no folder that can be read: {e}"),
            "name the folder of the tables",
        )
    })?;
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let table = |file: String| match file.strip_suffix(".csv") {
        Some(name) => Some(name.to_owned()),
        None => (file.strip_suffix(".json") == Some(VECTORS)).then(|| VECTORS.to_owned()),
    };
    let there: BTreeSet<String> = files.filter_map(table).collect();
    match there.is_empty() {
        true => Err(Mistakes::new(format!("'{folder}' has no tables"), "a table is a file NAME.csv")),
        false => Ok(there),
    }
}

fn asked(args: &ValidateArgs, there: &BTreeSet<String>) -> Result<BTreeSet<String>, Mistakes> {
    if args.tables.is_empty() {
        return Ok(there.clone());
    }
    if let Some(unknown) = args.tables.iter().find(|name| !there.contains(*name)) {
        let help = match nearest(unknown, there.iter().map(String::as_str)) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("there are {}, from '{}' on", there.len(), there.first().map_or("", |name| name)),
        };
        return Err(Mistakes::new(
            format!("--tables: there is no table '{unknown}' in '{}'", args.folder.display()),
            help,
        ));
    }
    Ok(args.tables.iter().cloned().collect())
}

fn malformed(name: &str, problem: &str) -> Mistakes {
    Mistakes::new(
        format!("the table '{name}' cannot be used: {problem}"),
        "it has to have the columns of its kind",
    )
}

fn statistics(args: &ValidateArgs, sum: &mut Sum) -> Result<(), Mistakes> {
    let text = files::text(&args.folder.join(format!("{VECTORS}.json")))?;
    let found = vectors::check(&text).map_err(|e| malformed(VECTORS, &e))?;
    let style = terminal::style(Stream::Output);
    let agree = found.iter().filter(|row| row.agrees).count();
    sum.page.push_str(&hang("", VECTORS, style, Paint::Head));
    for row in found.iter().filter(|row| !row.agrees) {
        let what = row.found.as_ref().map_or("nothing".to_owned(), |found| found.to_string());
        let text = format!("{} {}: found {what}, expected {}", row.record, row.name, row.expected);
        sum.page.push_str(&hang("  DIFFERS  ", &text, style, Paint::Bad));
    }
    sum.page.push_str(&format!("  {agree} of {} agree\n\n", plural(found.len(), "statistic")));
    sum.tables += 1;
    sum.judged += found.len();
    sum.agree += agree;
    Ok(())
}
