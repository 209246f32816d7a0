//! `proxy = …` and `routes = …` -> proxies, and what they route.

use std::ops::Range;

use swarmbed_scheduler::{ServiceId, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Ask, Check, Discipline, EndpointMode, Proxy, Route, Server, Service, Traffic};

use super::serving::find;
use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{Misread, TimeSpan, Written};

/// A rule before services are known by more than their names, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    route: Route,
    via: Option<(String, Range<usize>)>,
    span: Range<usize>,
}

/// A proxy's way to a service, and where it is written.
pub(super) type Way = (ServiceId, ServiceId, Range<usize>);

/// How a proxy answers of which nothing is said: it hardly works on a request, and has as many at once as come. Ours.
pub(super) fn server() -> Server {
    Server {
        slots: 100_000,
        discipline: Discipline::Fcfs,
        work: Distribution::constant(100_000),
        queue: None,
        calls: Vec::new(),
        drains: true,
    }
}

/// How containers pass requests on.
pub(super) fn proxy(written: &file::Proxy, mistakes: &mut Mistakes) -> Proxy {
    let default = Proxy::default();
    let dial = some(written.dial.as_ref(), default.dial, mistakes);
    let timeout = some(written.timeout.as_ref(), default.timeout.max(dial), mistakes);
    if let Some(written) = written.timeout.as_ref().filter(|_| timeout < dial) {
        let misread = Misread::new("a proxy does not wait longer for a connection than for an answer");
        mistakes
            .add(&written.span, misread.help("say for how long it waits for a connection: dial = \"1s\""));
    }
    Proxy {
        refresh: some(written.refresh.as_ref(), default.refresh, mistakes),
        throttle: mistakes.read_or(written.throttle.as_ref(), default.throttle),
        deals: mistakes.read_or(written.balance.as_ref(), default.deals),
        retries: mistakes.read_or(written.retries.as_ref(), default.retries.into()) as u32,
        dial,
        timeout,
        check: written.check.as_ref().map(|check| {
            let default = Check::default();
            Check {
                interval: some(check.interval.as_ref(), default.interval, mistakes),
                timeout: some(check.timeout.as_ref(), default.timeout, mistakes),
            }
        }),
    }
}

/// A span that is not nothing.
fn some(written: Option<&Written<TimeSpan>>, default: Span, mistakes: &mut Mistakes) -> Span {
    let span = mistakes.read_or(written, default);
    match written {
        Some(written) if span < Span::millis(1) => {
            mistakes.say(&written.span, "this has to be a millisecond or more");
            default
        }
        _ => span,
    }
}

/// The rules of a service, or of a later spec of it.
pub(super) fn rules(written: &[file::Route], at: &Range<usize>, mistakes: &mut Mistakes) -> Vec<Rule> {
    let rule = |written: &file::Route| {
        let host = written.host.as_ref().and_then(|host| mistakes.read(host));
        let path = written.path.as_ref().and_then(|path| mistakes.read(path));
        if written.host.is_none() && written.path.is_none() {
            let misread = Misread::new("a route without host and path");
            mistakes.add(at, misread.help(r#"say which requests it is about; all are { path = "/" }"#));
        }
        let priority = Route::weight(host.as_deref(), path.as_deref());
        let priority = mistakes.read_or(written.priority.as_ref(), priority.into()) as u32;
        let via = written.via.as_ref().and_then(|via| Some((mistakes.read(via)?, via.span.clone())));
        let vip = mistakes.read_or(written.vip.as_ref(), false);
        let host_span = written.host.as_ref().map(|host| host.span.clone());
        let span = host_span.or_else(|| written.path.as_ref().map(|path| path.span.clone()));
        Rule { route: Route { host, path, priority, via: None, vip }, via, span: span.unwrap_or(at.clone()) }
    };
    written.iter().map(rule).collect()
}

/// Gives a service its rules, now that proxies are known. Returns what is worth a notice.
pub(super) fn route(
    service: &mut Service,
    rules: &[Rule],
    services: &[Service],
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let mut notices = Vec::new();
    service.routes.clear();
    for Rule { route, via, .. } in rules {
        let mut route = route.clone();
        if let Some((name, span)) = via {
            route.via = found(name, span, services, mistakes);
        }
        if route.vip && service.endpoint_mode == EndpointMode::Dnsrr {
            route.vip = false;
            let name = &service.name;
            notices.push(format!("'{name}' has no virtual address, so proxies send to its tasks themselves"));
        }
        service.routes.push(route);
    }
    notices
}

/// The proxy of that name.
fn found(
    name: &str,
    span: &Range<usize>,
    services: &[Service],
    mistakes: &mut Mistakes,
) -> Option<ServiceId> {
    let proxies = services.iter().filter(|service| service.proxy.is_some());
    if services.iter().any(|service| service.name == name && service.proxy.is_none()) {
        let misread = Misread::new(format!("'{name}' is no proxy"));
        mistakes.add(span, misread.help("make it one: proxy = {}"));
        return None;
    }
    if proxies.clone().all(|service| service.name != name) {
        mistakes.unknown(span, "proxy", name, proxies.map(|service| service.name.as_str()));
        return None;
    }
    find(services, span, name, mistakes)
}

/// Gives all services their rules. Returns the ways of proxies, and what is worth a notice.
pub(super) fn routes(
    services: &mut [Service],
    written: &[Vec<Rule>],
    mistakes: &mut Mistakes,
) -> (Vec<Way>, Vec<String>) {
    let known = services.to_vec();
    let mut notices = Vec::new();
    for (service, rules) in services.iter_mut().zip(written) {
        notices.extend(route(service, rules, &known, mistakes));
    }
    check_equal(services, written, mistakes);
    let routed = services.iter().find(|service| !service.routes.is_empty());
    if let Some(service) = routed.filter(|_| services.iter().all(|service| service.proxy.is_none())) {
        notices.push(format!(
            "'{}' has routes, and no service is a proxy that would follow them: proxy = {{}}",
            service.name
        ));
    }
    let mut ways = Vec::new();
    for (proxy, place) in services.iter().zip(0..).filter(|(service, _)| service.proxy.is_some()) {
        let proxy_id = ServiceId(place);
        for ((service, rules), id) in services.iter().zip(written).zip((0..).map(ServiceId)) {
            let pairs = || service.routes.iter().zip(rules);
            let mut ours = pairs().filter(|(route, _)| route.is_for(proxy_id));
            // A rule for every proxy means every other one.
            let first = ours.find(|(route, _)| id != proxy_id || route.via.is_some());
            let Some((_, Rule { span, .. })) = first else { continue };
            ways.push((proxy_id, id, span.clone()));
            if proxy.network_to(service).is_none() {
                notices.push(format!(
                    "'{}' passes requests on to '{}', and they have no network in common: it will get no answer",
                    proxy.name, service.name
                ));
            }
        }
    }
    (ways, notices)
}

/// Two rules that are alike, of which nobody could say which counts.
fn check_equal(services: &[Service], written: &[Vec<Rule>], mistakes: &mut Mistakes) {
    let mut seen: Vec<(&Service, &Route)> = Vec::new();
    for (service, rules) in services.iter().zip(written) {
        for (route, rule) in service.routes.iter().zip(rules) {
            let alike = |(_, other): &&(&Service, &Route)| {
                let both = other.via.is_none() || route.via.is_none() || other.via == route.via;
                both && other.host == route.host
                    && other.path == route.path
                    && other.priority == route.priority
            };
            if let Some((other, _)) = seen.iter().find(alike) {
                let misread = Misread::new(format!(
                    "'{}' and '{}' have the same route, which says not who gets the requests",
                    other.name, service.name
                ));
                mistakes.add(&rule.span, misread.help("make one the longer, or give it a priority"));
            }
            seen.push((service, route));
        }
    }
}

/// What a traffic's requests ask for. Only those that pass a proxy ask for anything.
pub(super) fn ask(
    written: &file::Traffic,
    to: ServiceId,
    services: &[Service],
    mistakes: &mut Mistakes,
) -> Ask {
    let host = written.host.as_ref().and_then(|host| mistakes.read(host));
    let path = written.path.as_ref().and_then(|path| mistakes.read(path));
    let span = written.host.as_ref().map(|host| &host.span).or(written.path.as_ref().map(|path| &path.span));
    if let Some(span) = span.filter(|_| !passes_proxy(services, to)) {
        let name = &services[to.index()].name;
        let misread = Misread::new(format!("'{name}' is no proxy, so nobody looks at host and path"));
        let proxies =
            services.iter().filter(|service| service.proxy.is_some()).map(|s| format!("'{}'", s.name));
        let proxies: Vec<String> = proxies.collect();
        mistakes.add(
            span,
            match &proxies[..] {
                [] => misread.help("make it one: proxy = {}"),
                some => misread.help(format!("send them to a proxy: {}", some.join(", "))),
            },
        );
    }
    Ask { host, path: path.unwrap_or(Ask::default().path) }
}

/// Whether requests to a service come to a proxy, there or later.
fn passes_proxy(services: &[Service], to: ServiceId) -> bool {
    let mut ahead = vec![to];
    let mut seen = vec![false; services.len()];
    while let Some(next) = ahead.pop() {
        let service = &services[next.index()];
        if service.proxy.is_some() {
            return true;
        }
        if !std::mem::replace(&mut seen[next.index()], true) {
            ahead.extend(service.server.iter().flat_map(|server| &server.calls).map(|call| call.to));
        }
    }
    false
}

/// Traffic that no rule fits, now or later.
pub(super) fn unrouted(services: &[Service], revisions: &[Service], traffic: &[Traffic]) -> Vec<String> {
    let lost = traffic.iter().filter(|traffic| services[traffic.to.index()].proxy.is_some());
    let lost = lost.filter(|traffic| {
        let specs = services.iter().chain(revisions);
        let own = &services[traffic.to.index()].name;
        let mut routes = specs.filter(|spec| spec.name != *own).flat_map(|spec| &spec.routes);
        !routes.any(|route| route.is_for(traffic.to) && route.fits(&traffic.ask))
    });
    let told = |traffic: &Traffic| {
        let Ask { host, path } = &traffic.ask;
        format!(
            "no route fits the requests of '{}' for {}{path}: '{}' will answer that it knows none",
            traffic.name,
            host.as_deref().unwrap_or("no host and "),
            services[traffic.to.index()].name,
        )
    };
    lost.map(told).collect()
}
