//! Lists as people write them, and as they break.

use std::io::{self, Cursor, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use swarmbed_scheduler::strategy::Catalogue;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::{Mode, Source as Arrivals};

use super::list::{Summary, read};
use super::rows::{Format, LeftOut, Row, Rows};
use super::swf::Swf;
use crate::content::{Content, Lines};
use crate::file::Processors;
use crate::scenario::{Loader, Options, Source, read as read_scenario};

const JOBS: Format = Format::Csv { jobs: true };
const TASKS: Format = Format::Swf(Swf { processors: Processors::Tasks });
const CPUS: Format = Format::Swf(Swf { processors: Processors::Cpus });

fn source(text: &str) -> Source {
    Source { name: "list".into(), text: text.into() }
}

/// All rows, or the mistake as it is told.
fn list(text: &str, format: Format) -> Result<(Vec<Row>, Summary), String> {
    let (_, summary) = read(Arc::new(source(text)), format, &|row| row.reserves.nano_cpus <= 8_000_000_000)
        .map_err(|trouble| format!("{trouble:#}"))?;
    let lines = Lines::first(&source(text)).unwrap();
    let mut rows = Rows::new(lines, format).ok().unwrap();
    let rows = std::iter::from_fn(|| rows.next(&mut |_| ()).unwrap()).collect();
    Ok((rows, summary))
}

#[test]
fn rows_are_read_in_any_order_of_columns() {
    let (rows, summary) = list(
        "\u{feff}duration,time,\"memory\",cpu,count,constraints,priority\r\n\
         90s,0,512MiB,0.5,2,\"node.labels.disk == ssd; node.role == worker\",7\r\n\
         \r\n\
         2.5 , 1.25 ,1048576,,,,\r\n",
        JOBS,
    )
    .unwrap();
    assert_eq!((rows[0].tasks, rows[0].duration, rows[0].constraints.len()), (2, Some(Span::secs(90)), 2));
    assert_eq!(rows[0].reserves, Resources::new(500_000_000, 512 << 20));
    assert_eq!((rows[1].at, rows[1].duration), (Span::millis(1250), Some(Span::millis(2500))));
    assert_eq!((rows[1].tasks, rows[1].reserves), (1, Resources::new(0, 1 << 20)));
    assert_eq!((rows[0].priority, rows[1].priority, summary.has_priorities), (7, 0, true));
    assert_eq!((summary.rows, summary.too_large), (2, 0));
}

#[test]
fn mistakes_in_a_table_are_placed() {
    let check = |text: &str, said: &str| assert_eq!(list(text, JOBS).unwrap_err(), said);
    let unknown = "list:1:1: there is no column 'duratoin'\n  help: did you mean 'duration'?";
    check("time,duratoin\n", unknown);
    check("time\n", "list:1:1: the column 'duration' is missing");
    check("time,duration,time\n", "list:1:1: there are two columns 'time'");
    check("", "list:1:1: the list is empty");
    check("time,duration\n", "the list 'list' has no row that could be used");
    let late = "list:4:1: the time 4 s comes after 5 s\n  help: sort the list by time";
    check("time,duration\n5,1\n\n4,1\n", late);
    check("time,duration\n1,-3\n", "list:2:1: the duration '-3' is negative");
    let nan = "list:2:1: 'NaN' is not a time span\n  help: write a number and a unit, such as '5s' or '1h30m'; units are d, h, m, s, ms, us, ns";
    check("time,duration\n1,NaN\n", nan);
    check("time,duration\n1\n", "list:2:1: this row has 1 fields, the first line 2");
    check("time,duration\n1,2,3\n", "list:2:1: this row has 3 fields, the first line 2");
    check("time,duration\n1,\n", "list:2:1: a job needs a duration");
    check("time,duration\n,1\n", "list:2:1: the time is missing");
    let count = "list:2:1: the count '0' is not a whole number from 1 to 100000";
    check("time,duration,count\n1,1,0\n", count);
    let priority = "list:2:1: the priority '-1' is not a whole number from 0 to 1000";
    check("time,duration,priority\n1,1,-1\n", priority);
    check(
        "time,duration,cpu\n1,1,two\n",
        "list:2:1: 'two' is not a number of CPUs\n  help: half a CPU is written \"0.5\"",
    );
    check(
        "time,duration\n1,\"2\n3\"\n",
        "list:2:1: a quote is opened and not closed in this line\n  help: a row is one line; a quote in a value is written twice",
    );
    check(
        &format!("time,duration\n1,{}\n", "9".repeat(70_000)),
        "list:2:1: this line is longer than 65536 bytes",
    );
}

fn job(submitted: i64, run: i64, given: i64, used: i64, asked: i64, memory: i64, status: i64) -> String {
    format!("1 {submitted} -1 {run} {given} -1 {used} {asked} -1 {memory} {status} -1 -1 -1 -1 -1 -1 -1\n")
}

#[test]
fn jobs_of_the_archive_are_read() {
    let text = [
        "; Version: 2.2\n;\n".to_owned(),
        job(0, 60, 4, 2048, 8, 1024, 1),
        job(5, 0, 4, 2048, -1, -1, 0),
        job(9, 3, 16, -1, 16, -1, 5),
    ]
    .concat();
    let (rows, summary) = list(&text, TASKS).unwrap();
    let shown =
        |rows: &[Row]| -> Vec<_> { rows.iter().map(|row| (row.at, row.tasks, row.reserves)).collect() };
    let cpu = 1_000_000_000;
    let (zero, five, nine) = (Span::ZERO, Span::secs(5), Span::secs(9));
    assert_eq!(
        shown(&rows),
        [
            (zero, 8, Resources::new(cpu, 1 << 20)),
            (five, 4, Resources::new(cpu, 2 << 20)),
            (nine, 16, Resources::new(cpu, 0))
        ]
    );
    assert_eq!(
        rows.iter().map(|row| row.duration).collect::<Vec<_>>(),
        [60, 0, 3].map(|s| Some(Span::secs(s)))
    );
    assert_eq!((summary.rows, summary.without_memory, summary.too_large), (3, 1, 0));
    let (rows, summary) = list(&text, CPUS).unwrap();
    assert_eq!(shown(&rows)[0], (zero, 1, Resources::new(8 * cpu, 8 << 20)));
    assert_eq!((rows[2].tasks, summary.too_large), (1, 1));
}

#[test]
fn jobs_that_are_left_out_are_counted() {
    let text = [
        job(0, -1, 4, -1, 4, -1, 5),
        job(1, -1, 4, -1, 4, -1, 5),
        job(2, 7, 0, -1, -1, -1, 1),
        job(3, 7, 4, -1, 4, -1, 3),
        job(4, 7, 4, -1, 4, -1, 1),
    ]
    .concat();
    let (rows, summary) = list(&text, TASKS).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(summary.left_out[&LeftOut::NoRunTime], 2);
    assert_eq!(
        summary.notices("a.swf", TASKS),
        [
            "a.swf: 4 of 5 jobs are left out: 2 without a run time, 1 without processors, 1 as parts of jobs that have a \
             line of their own (status 2 to 4)",
            "a.swf: 1 of 1 jobs without known memory reserve none",
        ]
    );
    let none = list(&job(0, -1, 4, -1, 4, -1, 5), TASKS).unwrap_err();
    assert_eq!(none, "the list 'list' has no row that could be used: 1 without a run time");
}

#[test]
fn mistakes_in_jobs_are_placed() {
    let check = |text: &str, said: &str| assert_eq!(list(text, TASKS).unwrap_err(), said);
    check(
        "time,duration\n",
        "list:1:1: this line has 1 fields, a job has 18\n  help: a comment begins with ';'",
    );
    let wrong = job(0, 60, 4, -1, 4, -1, 1).replace(" 60 ", " -60 ");
    let said = "list:2:1: field 4, the run time, is '-60' and not a number\n  help: what is not known is -1";
    check(&format!("; a\n{wrong}"), said);
    let many = "list:1:1: a job of 200000 processors would have more than 100000 tasks\n  \
                help: with processors = \"cpus\" it is one large task";
    check(&job(0, 60, 4, -1, 200_000, -1, 1), many);
    let late = "list:2:1: the time 4 s comes after 5 s\n  help: sort the list by time";
    check(&[job(5, 60, 4, -1, 4, -1, 1), job(4, 60, 4, -1, 4, -1, 1)].concat(), late);
}

/// A file that somebody writes to.
struct Changing {
    text: Mutex<String>,
    is_gone: AtomicBool,
}

impl Content for Changing {
    fn name(&self) -> &str {
        "list"
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(Cursor::new(self.text.lock().unwrap().clone().into_bytes())))
    }
}

/// A list of more than two blocks.
fn long() -> String {
    (0..50_000)
        .map(|second| format!("{second},1,0.5\n"))
        .fold("time,duration,cpu\n".into(), |all, row| all + &row)
}

impl Loader for Arc<Changing> {
    fn load(&self, _: &str) -> Result<Source, String> {
        Err("is not a text".to_owned())
    }

    fn open(&self, _: &str) -> Result<Arc<dyn Content>, String> {
        Ok(self.clone())
    }
}

/// The workload of a scenario with that list.
fn jobs(content: &Arc<Changing>, keys: &str) -> Arc<dyn Arrivals> {
    let text = format!(
        "[[cluster.nodes]]\nname = \"m\"\nrole = \"manager\"\n\
         [[workload]]\nname = \"jobs\"\nfile = \"jobs.csv\"\nfrom = \"10s\"\n{keys}"
    );
    let strategies = &Catalogue::standard();
    let options = Options { loader: content, metrics: &[], strategies, seed: None, strategy: None };
    let scenario = read_scenario("test.toml", &text, &options).unwrap_or_else(|t| panic!("{:#}", t[0]));
    assert_eq!(scenario.lists.len(), 1);
    scenario.setup.workloads[0].source.clone()
}

#[test]
fn a_list_is_read_again_by_each_run() {
    let content = Arc::new(Changing { text: Mutex::new(long()), is_gone: false.into() });
    let all = jobs(&content, "");
    for _ in 0..2 {
        assert_eq!(all.arrivals(1).count(), 50_000);
    }
    let last = all.arrivals(1).last().unwrap();
    assert_eq!((last.at, last.service.name.as_str()), (SimTime(50_009 * 1_000_000_000), "jobs-50000"));
    assert_eq!(last.service.mode, Mode::ReplicatedJob { completions: 1, concurrent: 1 });
    assert_eq!(jobs(&content, "limit = 7").arrivals(1).count(), 7);
    let some = jobs(&content, "until = \"12s\"");
    assert_eq!((some.arrivals(1).count(), some.trouble()), (3, None));
}

#[test]
fn a_list_that_changes_is_found_out() {
    let check = |change: &dyn Fn(&str) -> String, most: usize| {
        let content = Arc::new(Changing { text: Mutex::new(long()), is_gone: false.into() });
        let jobs = jobs(&content, "");
        *content.text.lock().unwrap() = change(&long());
        assert!(jobs.arrivals(1).count() <= most);
        assert_eq!(jobs.trouble().unwrap(), "the list 'list' was changed while it was in use");
    };
    check(&|text| text.replace("\n49999,1,", "\n49999,2,"), 49_999);
    check(&|text| text.replace("\n7,1,", "\n7,-1,"), 0);
    check(&|text| text[..text.len() - 30].to_owned(), 49_998);
    check(&|text| format!("{text}50000,1,0.5\n"), 50_000);
    check(&|_| String::new(), 0);
}

#[test]
fn a_list_that_is_gone_is_found_out() {
    let content = Arc::new(Changing { text: Mutex::new(long()), is_gone: false.into() });
    let jobs = jobs(&content, "");
    content.is_gone.store(true, Ordering::Relaxed);
    assert_eq!(jobs.arrivals(1).count(), 0);
    assert_eq!(jobs.trouble().unwrap(), "the list 'list' can no longer be read: entity not found");
}
