//! `[[workload]]` -> services and jobs that arrive.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::setup::{Mode, Service, Source, Workload};

use super::behaviour::{Habits, Patterns};
use super::images::Images;
use super::machines::Fleet;
use super::services::constraint;
use super::{Reader, missing};
use crate::content::Known;
use crate::file::{self, Processors, Removed, WorkloadKind};
use crate::mistakes::Mistakes;
use crate::value::{Misread, Path, Written};
use crate::workload::{self, Drawn, Format, Job, Listed, Row, Swf};

const ONE_PROCESS: &str = r#"write one: arrivals = { poisson = "2/s" }, or every, bursts, diurnal, batch"#;

/// Every workload of the file, each with a name of its own.
pub(super) fn workloads(
    written: &[file::Workload],
    fleet: &Fleet,
    images: &mut Images,
    patterns: &mut Patterns,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Workload> {
    let mut all: Vec<Workload> = Vec::new();
    for workload in written {
        let Some(name) = mistakes.read(&workload.name) else { continue };
        let drawn = drawn(workload, &name, images, patterns, reader, mistakes);
        reader.priorities |= drawn.priority.is_some();
        let source: Option<Arc<dyn Source>> = match &workload.file {
            None => Some(Arc::new(drawn)),
            Some(file) => {
                listed(workload, file, drawn, fleet, reader, mistakes).map(|list| Arc::new(list) as _)
            }
        };
        if all.iter().any(|other| other.name == name) {
            mistakes.say(&workload.name.span, format!("two workloads are called '{name}'"));
        }
        all.extend(source.map(|source| Workload { name, source }));
    }
    all
}

/// A service whose name an arrival could get would be taken for one.
pub(super) fn check_names(written: &[file::Workload], services: &[Service], mistakes: &mut Mistakes) {
    for workload in written {
        let Ok(name) = workload.name.read() else { continue };
        let number = |service: &str| service.strip_prefix(&name)?.strip_prefix('-')?.parse::<u64>().ok();
        if let Some(service) = services.iter().find(|service| number(&service.name).is_some()) {
            let message =
                format!("an arrival of '{name}' would be called '{}', as a service is", service.name);
            mistakes.say(&workload.name.span, message);
        }
    }
}

/// The list instead of what would be drawn. `None` after a mistake.
fn listed(
    written: &file::Workload,
    file: &Written<Path>,
    drawn: Drawn,
    fleet: &Fleet,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Option<Listed> {
    let said_twice = [
        written.arrivals.is_some(),
        written.tasks.is_some(),
        written.duration.is_some(),
        written.cpu.is_some(),
        written.memory.is_some(),
        written.priority.is_some(),
        !written.constraints.is_empty(),
    ];
    if said_twice.contains(&true) {
        let misread = Misread::new("what a list says of its arrivals is not drawn besides");
        let help = "take arrivals, tasks, duration, cpu, memory, priority and constraints out, or the file";
        mistakes.add(&file.span, misread.help(help));
    }
    let path = mistakes.read(file)?;
    let processors = mistakes.read_or(written.processors.as_ref(), Processors::Tasks);
    let format = match path.to_ascii_lowercase().ends_with(".swf") {
        true => Format::Swf(Swf { processors }),
        false => Format::Csv { jobs: drawn.job.is_some() },
    };
    if let (Some(written), Format::Csv { .. }) = (&written.processors, format) {
        mistakes.say(&written.span, "only a job in an SWF file has processors");
    }
    let list = reader.list(&file.span, &path, format, fleet, mistakes)?;
    Some(Listed {
        pattern: drawn.pattern,
        list,
        format,
        from: drawn.from.since(SimTime::ZERO),
        until: drawn.until,
        limit: drawn.limit,
        job: drawn.job,
    })
}

impl Reader<'_> {
    /// The list in that file, once all of it has been looked at. `None` after a mistake.
    fn list(
        &mut self,
        span: &Range<usize>,
        path: &str,
        format: Format,
        fleet: &Fleet,
        mistakes: &mut Mistakes,
    ) -> Option<Arc<Known>> {
        let content = self.options.loader.open(path);
        let content = content.map_err(|why| missing("list", span, path, &why, mistakes)).ok()?;
        let name = content.name().to_owned();
        let sizes = fleet.machines.iter().map(|machine| machine.node.resources);
        let sizes: BTreeSet<(i64, i64)> = sizes.map(|size| (size.nano_cpus, size.memory)).collect();
        let fits = |row: &Row| {
            let Resources { nano_cpus, memory } = row.reserves;
            sizes.iter().any(|size| nano_cpus <= size.0 && memory <= size.1)
        };
        let read = workload::read(content, format, &fits).map_err(|trouble| mistakes.foreign(trouble));
        let (known, summary) = read.ok()?;
        self.notices.extend(summary.notices(&name, format));
        self.priorities |= summary.has_priorities;
        self.lists.push(known.hash());
        Some(Arc::new(known))
    }
}

fn drawn(
    written: &file::Workload,
    name: &str,
    images: &mut Images,
    patterns: &mut Patterns,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Drawn {
    let is_job = mistakes.read_or(written.kind.as_ref(), WorkloadKind::Jobs) == WorkloadKind::Jobs;
    let duration = written.duration.as_ref().and_then(|law| mistakes.law(law));
    if is_job && written.duration.is_none() && written.file.is_none() {
        let misread = Misread::new("a job needs a duration");
        mistakes.add(&written.name.span, misread.help(r#"such as duration = { exponential = "10m" }"#));
    }
    for (key, span) in [
        ("concurrent", written.concurrent.as_ref().map(|w| &w.span)),
        ("removed", written.removed.as_ref().map(|w| &w.span)),
    ] {
        if let Some(span) = span.filter(|_| !is_job) {
            mistakes.say(span, format!("{key} is for jobs, these are services"));
        }
    }
    let image_name = written.image.as_ref().and_then(|image| mistakes.read(image)).unwrap_or(name.to_owned());
    let mut container = patterns.habits(name, Habits::read(&written.conduct(), reader, mistakes)).container();
    let (run, stays) = if is_job { (duration, None) } else { (container.run, duration) };
    container.run = run;
    let pattern = Service {
        image: images.used(&image_name),
        image_name,
        container,
        from_start: false,
        ..Service::new(name, Mode::Replicated { replicas: 1 })
    };
    let time = |span: Span| SimTime(span.nanos());
    let from = written.from.as_ref().and_then(|from| mistakes.read(from)).map_or(SimTime::ZERO, time);
    let until = written.until.as_ref().and_then(|until| mistakes.read(until)).map_or(SimTime::NEVER, time);
    if let Some(written) = written.until.as_ref().filter(|_| until < from) {
        mistakes.say(&written.span, "this ends before it begins");
    }
    let job = Job {
        concurrent: written.concurrent.as_ref().and_then(|n| mistakes.read(n)).map(|n| n as u32),
        goes: mistakes.read_or(written.removed.as_ref(), Removed::WhenDone) == Removed::WhenDone,
    };
    let constant = Distribution::constant;
    let process = process(written, mistakes);
    Drawn {
        pattern,
        // After a mistake it is drawn by nobody.
        process: process.unwrap_or(Process::Batch { size: 0 }),
        from,
        until,
        limit: mistakes.read_or(written.limit.as_ref(), u64::MAX - 1),
        tasks: written.tasks.as_ref().and_then(|law| mistakes.law(law)).unwrap_or_else(|| constant(1)),
        job: is_job.then_some(job),
        stays,
        cpu: written.cpu.as_ref().and_then(|law| mistakes.law(law)).unwrap_or_else(|| constant(0)),
        memory: written.memory.as_ref().and_then(|law| mistakes.law(law)).unwrap_or_else(|| constant(0)),
        priority: written.priority.as_ref().and_then(|law| mistakes.law(law)),
        constraints: constraints(written, mistakes),
    }
}

fn constraints(
    written: &file::Workload,
    mistakes: &mut Mistakes,
) -> Vec<(u64, Vec<swarmbed_scheduler::constraint::Constraint>)> {
    let mut sum = 0;
    let weighted = written.constraints.iter().map(|weighted| {
        sum += mistakes.read(&weighted.weight).unwrap_or(1);
        (sum, weighted.of.iter().filter_map(|text| constraint(text, mistakes)).collect())
    });
    weighted.collect()
}

/// The arrival process, exactly one.
fn process(workload: &file::Workload, mistakes: &mut Mistakes) -> Option<Process> {
    match &workload.arrivals {
        Some(written) => arrivals("workload", &workload.name.span, written, mistakes),
        None => {
            if workload.file.is_none() {
                let misread = Misread::new("the workload has no arrivals");
                mistakes.add(&workload.name.span, misread.help(ONE_PROCESS));
            }
            None
        }
    }
}

/// The process that is written, exactly one. `what` is of what, and `span` where that is named.
pub(super) fn arrivals(
    what: &str,
    span: &Range<usize>,
    written: &file::Arrivals,
    mistakes: &mut Mistakes,
) -> Option<Process> {
    let mut found = Vec::new();
    if let Some(rate) = &written.poisson {
        let gap = mistakes.read(rate)?.nanos() as f64;
        found.push(Process::Renewal { gap: Distribution::exponential(gap).expect("a gap is positive") });
    }
    if let Some(gap) = &written.every {
        found.push(Process::Renewal { gap: mistakes.law(gap)? });
    }
    if let Some(bursts) = &written.bursts {
        let (size, gap) = (mistakes.law(&bursts.size), mistakes.law(&bursts.every));
        found.push(Process::Bursts { size: size?, gap: gap? });
    }
    if let Some(diurnal) = &written.diurnal {
        let swing = f64::from(mistakes.read_or(diurnal.swing.as_ref(), 500_000)) / 1e6;
        let period = mistakes.read_or(diurnal.period.as_ref(), Span::secs(86_400));
        found.push(Process::Diurnal { gap: mistakes.read(&diurnal.mean)?, swing, period });
    }
    if let Some(size) = &written.batch {
        found.push(Process::Batch { size: mistakes.read(size)? });
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(process), None) => Some(process),
        (first, _) => {
            let message = match first {
                None => format!("the {what} has no arrivals"),
                Some(_) => format!("the {what} has two arrival processes, one is due"),
            };
            mistakes.add(span, Misread::new(message).help(ONE_PROCESS));
            None
        }
    }
}
