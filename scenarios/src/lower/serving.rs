//! `serve = …` -> how containers answer requests, and what they ask of each other.

use std::ops::Range;

use swarmbed_scheduler::{ServiceId, Span};
use swarmbed_sim::setup::{Call, Discipline, Door, Server, Service};

use super::proxies::{self, Way};
use crate::file;
use crate::mistakes::Mistakes;
use crate::value::Misread;

/// How long anybody waits for an answer who does not say. Ours: what many HTTP clients do.
pub(super) const TIMEOUT: Span = Span::secs(30);

/// How containers answer, before the services that they call are known by more than their names.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    server: Server,
    calls: Vec<Named>,
}

#[derive(Clone, Debug)]
struct Named {
    to: String,
    span: Range<usize>,
    timeout: Span,
    hands_over: bool,
}

impl Serving {
    pub(super) fn read(written: &file::Serve, mistakes: &mut Mistakes) -> Option<Serving> {
        let calls = written.calls.iter().filter_map(|call| {
            Some(Named {
                to: mistakes.read(&call.to)?,
                span: call.to.span.clone(),
                timeout: mistakes.read_or(call.timeout.as_ref(), TIMEOUT),
                hands_over: mistakes.read_or(call.hands_over.as_ref(), false),
            })
        });
        let calls = calls.collect();
        let server = Server {
            slots: mistakes.read_or(written.slots.as_ref(), 1) as u32,
            discipline: mistakes.read_or(written.discipline.as_ref(), Discipline::Fcfs),
            work: mistakes.law(&written.work)?,
            queue: written.queue.as_ref().and_then(|queue| mistakes.read(queue)).map(|queue| queue as u32),
            calls: Vec::new(),
            drains: mistakes.read_or(written.drains.as_ref(), true),
        };
        Some(Serving { server, calls })
    }
}

/// Lets services answer as is said of them. Returns what is worth a notice.
pub(super) fn serve(
    services: &mut [Service],
    servings: Vec<Option<Serving>>,
    passed: Vec<Way>,
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let mut notices = Vec::new();
    let mut calls = passed;
    for (place, serving) in servings.into_iter().enumerate() {
        let proxy = services[place].proxy.as_ref();
        let unsaid = proxy.map(|_| Serving { server: proxies::server(), calls: Vec::new() });
        let Some(Serving { mut server, calls: named }) = serving.or(unsaid) else { continue };
        if let (Some(_), Some(Named { span, .. })) = (proxy, named.first()) {
            let misread =
                Misread::new(format!("'{}' is a proxy, it makes no calls of its own", services[place].name));
            mistakes.add(span, misread.help("it passes requests on to services that have routes"));
        }
        for Named { to, span, timeout, hands_over } in named {
            let Some(callee) = find(services, &span, &to, mistakes) else { continue };
            let door = between(&services[place], &services[callee.index()]);
            if door.is_none() {
                notices.push(isolated(&services[place].name, &to));
            }
            server.calls.push(Call { to: callee, door: door.unwrap_or(Door::Nowhere), timeout, hands_over });
            calls.push((ServiceId(place as u32), callee, span));
        }
        services[place].server = Some(server);
    }
    circles(services, &calls, mistakes);
    notices
}

/// What is said of a service that sends requests where it has no network in common.
pub(super) fn isolated(from: &str, to: &str) -> String {
    format!(
        "'{from}' sends requests to '{to}', and they have no network in common: all of them will be refused"
    )
}

/// The service of that name.
pub(super) fn find(
    services: &[Service],
    span: &Range<usize>,
    name: &str,
    mistakes: &mut Mistakes,
) -> Option<ServiceId> {
    let found = services.binary_search_by(|service| service.name.as_str().cmp(name));
    if found.is_err() {
        mistakes.unknown(span, "service", name, services.iter().map(|service| service.name.as_str()));
    }
    found.ok().map(|place| ServiceId(place as u32))
}

/// By which network one service gets at another: the first of its own that both are attached to.
pub(super) fn between(from: &Service, to: &Service) -> Option<Door> {
    from.network_to(to).map(Door::Network)
}

/// A request that leads back to where it came from would go round for ever.
fn circles(services: &[Service], calls: &[(ServiceId, ServiceId, Range<usize>)], mistakes: &mut Mistakes) {
    // By service whether nothing that it leads to leads back; found bottom up, so that what is left at the end is in a circle.
    let mut clear = vec![false; services.len()];
    loop {
        let before = clear.iter().filter(|clear| **clear).count();
        for place in 0..services.len() {
            let mut called = calls.iter().filter(|(from, _, _)| from.index() == place);
            clear[place] |= called.all(|(_, to, _)| clear[to.index()]);
        }
        if clear.iter().filter(|clear| **clear).count() == before {
            break;
        }
    }
    for (from, to, span) in calls {
        if !clear[to.index()] && leads(calls, *to, *from, &mut vec![false; services.len()]) {
            let [from, to] = [from, to].map(|service| &services[service.index()].name);
            let misread = Misread::new(format!("'{from}' calls '{to}', which leads back to '{from}'"));
            mistakes.add(span, misread.help("such a request would go round for ever"));
        }
    }
}

/// Whether calls lead from one service to another.
fn leads(
    calls: &[(ServiceId, ServiceId, Range<usize>)],
    from: ServiceId,
    to: ServiceId,
    seen: &mut [bool],
) -> bool {
    from == to
        || !std::mem::replace(&mut seen[from.index()], true)
            && calls.iter().any(|(caller, callee, _)| *caller == from && leads(calls, *callee, to, seen))
}
