//! `[[traffic]]` -> requests.

use std::ops::Range;

use swarmbed_scheduler::spec::PublishMode;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::setup::{Balance, Connections, Door, INGRESS, Load, Origin, Service, Traffic};

use super::serving::{TIMEOUT, between, find, isolated};
use super::timeline::Stage;
use super::workloads::arrivals;
use super::{Reader, proxies, target};
use crate::counts;
use crate::file;
use crate::mistakes::Mistakes;
use crate::value::Misread;

/// All of it, each with a name of its own.
pub(super) fn traffic(
    written: &[file::Traffic],
    stage: &Stage<'_>,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Traffic> {
    let mut all: Vec<Traffic> = Vec::new();
    for one in written {
        let Some(traffic) = lowered(one, stage, reader, mistakes) else { continue };
        if all.iter().any(|other| other.name == traffic.name) {
            let span = one.name.as_ref().map_or(&one.to.span, |name| &name.span);
            let misread = Misread::new(format!("two kinds of traffic are called '{}'", traffic.name));
            mistakes.add(span, misread.help("give one another name: name = \"…\""));
        }
        all.push(traffic);
    }
    all
}

fn lowered(
    written: &file::Traffic,
    stage: &Stage<'_>,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Option<Traffic> {
    let to_name = mistakes.read(&written.to)?;
    let name = match &written.name {
        Some(name) => mistakes.read(name)?,
        None => to_name.clone(),
    };
    let load = load(written, reader, mistakes);
    let to = find(stage.services, &written.to.span, &to_name, mistakes)?;
    let service = &stage.services[to.index()];
    if service.server.is_none() {
        let misread = Misread::new(format!("the containers of '{to_name}' do not answer requests"));
        mistakes.add(&written.to.span, misread.help(ANSWERS));
    }
    let (door, from) = match &written.by {
        Some(by) => {
            let by_name = mistakes.read(by)?;
            let sender = find(stage.services, &by.span, &by_name, mistakes)?;
            let door = between(&stage.services[sender.index()], service);
            if door.is_none() {
                reader.notices.push(isolated(&by_name, &to_name));
            }
            (door.unwrap_or(Door::Nowhere), Origin::Service(sender))
        }
        None => (published(written, to, stage, reader, mistakes)?, outside(written, stage, mistakes)?),
    };
    check_origin(written, mistakes);
    let time = |span: Span| SimTime(span.nanos());
    let begins = written.from.as_ref().and_then(|from| mistakes.read(from)).map_or(SimTime::ZERO, time);
    let ends = written.until.as_ref().and_then(|until| mistakes.read(until)).map_or(SimTime::NEVER, time);
    if let Some(until) = written.until.as_ref().filter(|_| ends < begins) {
        mistakes.say(&until.span, "this ends before it begins");
    }
    let timeout = mistakes.read_or(written.timeout.as_ref(), TIMEOUT);
    if let Some(written) = written.timeout.as_ref().filter(|_| timeout == Span::ZERO) {
        mistakes.say(&written.span, "a client that does not wait gets no answer");
    }
    let users = written.users.as_ref().and_then(|users| mistakes.read(users));
    let kept = written.connections.as_ref().and_then(|count| mistakes.read(count));
    let kept = kept.or(users).map(|count| Connections::Kept { count: count as u32 });
    Some(Traffic {
        name,
        to,
        door,
        from,
        load: load?,
        begins,
        ends,
        timeout,
        connections: kept.unwrap_or(Connections::PerRequest),
        balance: mistakes.read_or(written.balance.as_ref(), Balance::Mesh),
        ask: proxies::ask(written, to, stage.services, mistakes),
    })
}

/// Nanoseconds from an answer to a user's next request, of users of whom nothing else is said. Ours: next to nothing.
const THINKS: u64 = 1_000_000;
const ANSWERS: &str =
    r#"say how, in the service or in [behaviour]: serve = { work = { exponential = "20ms" } }"#;
const ONE_LOAD: &str = r#"write one: rate = "100/s", or arrivals, trace, users"#;

/// When requests are sent: exactly one way.
fn load(written: &file::Traffic, reader: &mut Reader<'_>, mistakes: &mut Mistakes) -> Option<Load> {
    let given = [
        ("rate", written.rate.is_some()),
        ("arrivals", written.arrivals.is_some()),
        ("trace", written.trace.is_some()),
        ("users", written.users.is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    let message = match given[..] {
        [_] => None,
        [] => Some("it is not said when these requests are sent".to_owned()),
        _ => Some(format!("found {} where one is due that says when requests are sent", given.join(" and "))),
    };
    if let Some(message) = message {
        mistakes.add(&written.to.span, Misread::new(message).help(ONE_LOAD));
        return None;
    }
    if let (Some(think), None) = (&written.think, &written.users) {
        mistakes.add(think.span(), Misread::new("only users think").help("write users = 20, for instance"));
    }
    if let Some(users) = &written.users {
        let think =
            written.think.as_ref().map_or(Some(Distribution::constant(THINKS)), |law| mistakes.law(law))?;
        if let Some(law) = written.think.as_ref().filter(|_| think.mean() == 0.0) {
            // Refused at once, they would send for ever at the same instant.
            let misread =
                Misread::new("users take some time, or a service that is down would be asked without end");
            mistakes.add(law.span(), misread.help(r#"such as think = "1ms""#));
        }
        return Some(Load::Closed { users: mistakes.read(users)? as u32, think });
    }
    if let Some(rate) = &written.rate {
        let gap = mistakes.read(rate)?.nanos() as f64;
        let gap = Distribution::exponential(gap).expect("a gap is positive");
        return Some(Load::Open(Process::Renewal { gap }));
    }
    if let Some(trace) = &written.trace {
        return counted(trace, reader, mistakes).map(Load::Open);
    }
    let process = written.arrivals.as_ref()?;
    arrivals("traffic", &written.to.span, process, mistakes).map(Load::Open)
}

/// Requests as a list counts them.
fn counted(written: &file::Trace, reader: &mut Reader<'_>, mistakes: &mut Mistakes) -> Option<Process> {
    let path = mistakes.read(&written.file)?;
    let every = mistakes.read(&written.every)?;
    if every == Span::ZERO {
        mistakes.say(&written.every.span, "times of no length hold no requests");
        return None;
    }
    let source = reader.beside("list", &written.file.span, &path, mistakes)?;
    let counts = counts::read(&source).map_err(|trouble| mistakes.foreign(trouble)).ok()?;
    Some(Process::Counts { counts: counts.into(), every })
}

/// The door behind the port that is named, or behind the first one that the service publishes.
fn published(
    written: &file::Traffic,
    to: ServiceId,
    stage: &Stage<'_>,
    reader: &mut Reader<'_>,
    mistakes: &mut Mistakes,
) -> Option<Door> {
    let Service { name, task, .. } = &stage.services[to.index()];
    let ports = &task.ports;
    let port = match &written.port {
        None => ports.first(),
        Some(wanted) => {
            let number = mistakes.read(wanted)?;
            let found = ports.iter().find(|port| u64::from(port.published) == number);
            if found.is_none() && !ports.is_empty() {
                let has: Vec<String> = ports.iter().map(|port| port.published.to_string()).collect();
                let misread = Misread::new(format!("'{name}' does not publish the port {number}"));
                mistakes.add(&wanted.span, misread.help(format!("it publishes {}", has.join(", "))));
                return None;
            }
            found
        }
    };
    let Some(port) = port else {
        reader.notices.push(format!(
            "'{name}' publishes no port, so all requests from outside will be refused; give it one: ports = [\"80:80\"]"
        ));
        return Some(Door::Network(INGRESS));
    };
    Some(match port.mode {
        PublishMode::Ingress => Door::Network(INGRESS),
        PublishMode::Host => Door::Host,
    })
}

/// Clients outside the swarm, and the nodes that they know.
fn outside(written: &file::Traffic, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Option<Origin> {
    let entries = match &written.via {
        Some(via) => target::nodes(via, stage.fleet, mistakes)?,
        None => {
            let machines = (0..).map(NodeId).zip(&stage.fleet.machines);
            machines.filter(|(_, machine)| machine.from_start).map(|(node, _)| node).collect()
        }
    };
    Some(Origin::Outside { entries, latency: mistakes.read_or(written.latency.as_ref(), Span::ZERO) })
}

/// The most requests that anybody waits for: an hour of the simulator's time.
const MOST: f64 = 1e10;

/// Says which traffic would take longer than anybody waits.
pub(super) fn check_amount(
    written: &[file::Traffic],
    traffic: &[Traffic],
    end: SimTime,
    mistakes: &mut Mistakes,
) {
    for one in written {
        let name = one.name.as_ref().unwrap_or(&one.to).read();
        let meant = traffic.iter().find(|traffic| name.as_ref().is_ok_and(|name| traffic.name == *name));
        let Some(Traffic { load: Load::Open(process), begins, ends, .. }) = meant else { continue };
        let gap = match process {
            Process::Renewal { gap } => gap.mean(),
            Process::Bursts { size, gap } => gap.mean() / size.mean(),
            Process::Diurnal { gap, .. } => gap.nanos() as f64,
            // What is counted or comes at once has its own limit.
            Process::Counts { .. } | Process::Batch { .. } => continue,
        };
        let span = (*ends).min(end).nanos().saturating_sub(begins.nanos()) as f64;
        if span > 0.0 && span > MOST * gap {
            let misread =
                Misread::new("this would be more requests than can be played up to the end of the run");
            mistakes.add(
                one.rate.as_ref().map_or(&one.to.span, |rate| &rate.span),
                misread.help("at most 10,000,000,000; say until, or send them less often"),
            );
        }
    }
}

/// What is said of clients outside is not said of containers.
fn check_origin(written: &file::Traffic, mistakes: &mut Mistakes) {
    if written.by.is_none() {
        return;
    }
    let keys: [(&str, Option<&Range<usize>>); 3] = [
        ("port", written.port.as_ref().map(|port| &port.span)),
        ("via", written.via.as_ref().map(|via| &via.span)),
        ("latency", written.latency.as_ref().map(|latency| &latency.span)),
    ];
    for (key, span) in keys {
        if let Some(span) = span {
            mistakes.say(span, format!("{key} is for clients outside the swarm, these are containers"));
        }
    }
}
