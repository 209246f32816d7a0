//! The kinds of requests that a run has: each traffic, and each call that the containers of a service make.

use std::collections::BTreeMap;

use swarmbed_scheduler::{ServiceId, Span};

use super::proxy::Proxies;
use super::request::Request;
use crate::setup::{Balance, Connections, Door, EndpointMode, INGRESS, Origin, Revision, Service, Setup};

/// One kind of request. All of a kind wait equally long for an answer.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) way: Way,
    pub(super) patience: Span,
    pub(super) balance: Balance,
    pub(super) connections: Connections,
    /// A request that has this long to be taken is of that kind as soon as it is.
    pub(super) connects: Option<u32>,
}

/// The way into a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// By the load balancer of the node where it enters; the number of the door.
    Balanced(u32),
    /// To that node's own replica.
    Host,
    /// Not at all.
    Nowhere,
}

/// Without a virtual address the name stands for all addresses in an order that is shuffled for each query
/// (`libnetwork/resolver.go:307`), and clients take the first.
fn balance(setup: &Setup, to: ServiceId, door: Door, wanted: Balance) -> Balance {
    let by_name = matches!(door, Door::Network(network) if network != INGRESS);
    match setup.services[to.index()].endpoint_mode {
        EndpointMode::Dnsrr if by_name && wanted == Balance::Mesh => Balance::Random,
        _ => wanted,
    }
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    rows: Vec<Kind>,
    /// By service, and behind them by further spec: the kind of its first call.
    first_calls: Vec<u32>,
    services: usize,
    doors: Vec<(ServiceId, Door)>,
    /// By service and spec of a proxy, and where it sends to the virtual address of another by that: the kind of what it passes on.
    passed: BTreeMap<(ServiceId, Revision, Option<ServiceId>), u32>,
    /// By service: whether its containers answer or send requests.
    concerned: Vec<bool>,
}

impl Kinds {
    pub(super) fn of(setup: &Setup, proxies: &Proxies) -> Kinds {
        let none = setup.traffic.is_empty();
        let mut kinds = Kinds {
            rows: Vec::new(),
            first_calls: Vec::new(),
            services: setup.services.len(),
            doors: Vec::new(),
            passed: BTreeMap::new(),
            concerned: vec![false; if none { 0 } else { setup.services.len() }],
        };
        for traffic in &setup.traffic {
            let balance = balance(setup, traffic.to, traffic.door, traffic.balance);
            let kind = kinds.kind(traffic.to, traffic.door, traffic.timeout, balance, traffic.connections);
            kinds.rows.push(kind);
            kinds.concerned[traffic.to.index()] = true;
            if let Origin::Service(service) = traffic.from {
                kinds.concerned[service.index()] = true;
            }
        }
        for service in setup.services.iter().chain(&setup.revisions).take_while(|_| !none) {
            kinds.first_calls.push(kinds.rows.len() as u32);
            for call in service.server.iter().flat_map(|server| &server.calls) {
                let balance = balance(setup, call.to, call.door, Balance::Mesh);
                let kind = kinds.kind(call.to, call.door, call.timeout, balance, Connections::PerRequest);
                kinds.rows.push(kind);
                kinds.concerned[call.to.index()] = true;
            }
        }
        proxies.routed_by().for_each(|(proxy, services)| kinds.pass(proxy, services, setup));
        kinds
    }

    /// What a proxy sends to services. It waits for them to take a connection, and then for an answer.
    fn pass(&mut self, proxy: ServiceId, services: &[ServiceId], setup: &Setup) {
        let own = |spec: &&Service| spec.name == setup.services[proxy.index()].name;
        let later = setup.revisions.iter().zip(1..).filter(|(spec, _)| own(spec));
        let specs = std::iter::once((&setup.services[proxy.index()], 0)).chain(later);
        for (spec, number) in
            specs.filter_map(|(spec, number)| Some((spec, Revision(number))).filter(|_| spec.proxy.is_some()))
        {
            let rules = spec.proxy.as_ref().expect("only proxies are left");
            let to_vip = |service: &&ServiceId| {
                let name = &setup.services[service.index()].name;
                let routes =
                    |spec: &Service| spec.routes.iter().any(|route| route.vip && route.is_for(proxy));
                routes(&setup.services[service.index()])
                    || setup.revisions.iter().any(|spec| spec.name == *name && routes(spec))
            };
            for to in
                std::iter::once(None).chain(services.iter().filter(to_vip).map(|service| Some(*service)))
            {
                let network = to.and_then(|to| spec.network_to(&setup.services[to.index()]));
                let door = network.map_or(Door::Nowhere, Door::Network);
                let to_whom = to.unwrap_or(proxy);
                let kind = |kinds: &mut Kinds, patience| {
                    kinds.kind(to_whom, door, patience, Balance::Mesh, Connections::PerRequest)
                };
                let taken = kind(self, rules.timeout);
                let connects = Some(self.rows.len() as u32);
                let dials = Kind { connects, ..kind(self, rules.dial) };
                self.rows.extend([taken, dials]);
                self.passed.insert((proxy, number, to), self.rows.len() as u32 - 1);
            }
        }
        for service in services {
            self.concerned[service.index()] |= self.concerned[proxy.index()];
        }
    }

    fn kind(
        &mut self,
        to: ServiceId,
        door: Door,
        patience: Span,
        balance: Balance,
        connections: Connections,
    ) -> Kind {
        let way = match door {
            Door::Host => Way::Host,
            Door::Nowhere => Way::Nowhere,
            Door::Network(_) => Way::Balanced(self.door(to, door)),
        };
        Kind { way, patience, balance, connections, connects: None }
    }

    fn door(&mut self, to: ServiceId, door: Door) -> u32 {
        let known = self.doors.iter().position(|known| *known == (to, door));
        known.unwrap_or_else(|| {
            self.doors.push((to, door));
            self.doors.len() - 1
        }) as u32
    }

    pub(super) fn all(&self) -> &[Kind] {
        &self.rows
    }

    #[inline]
    pub(super) fn get(&self, kind: u32) -> &Kind {
        &self.rows[kind as usize]
    }

    /// The kind of the `nth` call that containers of that spec make.
    pub(super) fn call(&self, service: ServiceId, revision: Revision, nth: u32) -> u32 {
        let spec = match revision {
            Revision(0) => service.index(),
            Revision(number) => self.services + usize::from(number) - 1,
        };
        self.first_calls[spec] + nth
    }

    /// A request has reached a machine that takes connections: it has as long as it has for an answer.
    #[inline]
    pub(super) fn taken(&self, request: &mut Request) {
        if let Some(kind) = self.get(request.kind).connects {
            request.kind = kind;
        }
    }

    /// The kind of what a proxy of that spec passes on, to tasks or to the virtual address of a service.
    pub(super) fn passed(&self, proxy: ServiceId, revision: Revision, vip: Option<ServiceId>) -> u32 {
        self.passed[&(proxy, revision, vip)]
    }

    /// The ways into services that load balancers know, by number.
    pub(super) fn doors(&self) -> &[(ServiceId, Door)] {
        &self.doors
    }

    /// Whether requests enter by that network.
    pub(super) fn is_entered_by(&self, network: u32) -> bool {
        self.doors.iter().any(|(_, door)| *door == Door::Network(network))
    }

    /// Whether requests are sent to the service's containers, or by them.
    pub(super) fn concerns(&self, service: ServiceId) -> bool {
        self.concerned.get(service.index()).copied().unwrap_or(false)
    }
}
