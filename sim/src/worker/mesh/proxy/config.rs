//! What a proxy routes by: the list that a manager gave it, made into rules and servers.

use swarmbed_scheduler::stream::Stream;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};

use super::pool::{Pool, Target};
use crate::manager::listing::Listed;
use crate::setup::{Route, Setup};
use crate::worker::mesh::Cause;

/// What a proxy routes by, from one change of its list to the next. With each change all begins anew: whose turn it is, and
/// what checks have found (`traefik: pkg/server/routerfactory.go`).
#[derive(Clone, Debug)]
pub(super) struct Config {
    list: Vec<Listed>,
    /// The rule that counts most first.
    rules: Vec<Rule>,
    pub(super) pools: Vec<Pool>,
    /// By traffic: where its requests go, worked out beforehand.
    ways: Vec<Option<u32>>,
}

#[derive(Clone, Debug)]
struct Rule {
    route: Route,
    pool: u32,
}

impl Config {
    /// From what a manager told a proxy. Its servers stand in an order of their own (`pkg/server/service/service.go`: shuffle).
    pub(super) fn new(proxy: ServiceId, list: Vec<Listed>, draws: &mut Stream, setup: &Setup) -> Config {
        let mut config = Config { list: Vec::new(), rules: Vec::new(), pools: Vec::new(), ways: Vec::new() };
        for listed in &list {
            let mut made: [Option<u32>; 2] = [None; 2];
            for route in listed.routes.iter().filter(|route| route.is_for(proxy)) {
                if listed.servers.is_empty() && !route.vip {
                    continue; // a rule comes with the tasks that bear it
                }
                let pool = *made[usize::from(route.vip)].get_or_insert_with(|| {
                    let target = if route.vip { Target::Vip } else { Target::Tasks };
                    config.pools.push(Pool::new(listed, target, draws));
                    config.pools.len() as u32 - 1
                });
                config.rules.push(Rule { route: route.clone(), pool });
            }
        }
        config.rules.sort_by_key(|rule| std::cmp::Reverse(rule.route.priority));
        let way = |traffic: &crate::setup::Traffic| {
            config.rules.iter().find(|rule| rule.route.fits(&traffic.ask)).map(|rule| rule.pool)
        };
        config.ways = setup.traffic.iter().map(way).collect();
        config.list = list;
        config
    }

    /// Whether it is what would come of that list.
    pub(super) fn is_of(&self, list: &[Listed]) -> bool {
        self.list == list
    }

    /// Where requests of that traffic go.
    #[inline]
    pub(super) fn way(&self, traffic: u32) -> Result<u32, Cause> {
        self.ways[traffic as usize].ok_or(Cause::NoRoute)
    }

    /// How many rules it has.
    pub(super) fn rules(&self) -> u32 {
        self.rules.len() as u32
    }

    /// Every task that it sends to, and where that is.
    pub(super) fn servers(&self) -> impl Iterator<Item = (TaskId, NodeId)> + '_ {
        self.pools.iter().flat_map(|pool| pool.servers.iter().map(|server| (server.task, server.node)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use swarmbed_scheduler::{SimTime, strategy};

    use super::*;
    use crate::engine::process::Process;
    use crate::setup::{Ask, Door, End, Load, Origin, Traffic};

    fn route(host: Option<&str>, path: Option<&str>) -> Route {
        let [host, path] = [host, path].map(|text| text.map(str::to_owned));
        let priority = Route::weight(host.as_deref(), path.as_deref());
        Route { host, path, priority, via: None, vip: false }
    }

    fn asks(host: &str, path: &str) -> Traffic {
        Traffic {
            name: path.to_owned(),
            to: ServiceId(0),
            door: Door::Nowhere,
            from: Origin::Service(ServiceId(0)),
            load: Load::Open(Process::Batch { size: 1 }),
            begins: SimTime::ZERO,
            ends: SimTime::NEVER,
            timeout: swarmbed_scheduler::Span::secs(1),
            connections: Default::default(),
            balance: Default::default(),
            ask: Ask { host: Some(host.to_owned()), path: path.to_owned() },
        }
    }

    fn listed(service: u32, servers: &[u32], routes: Vec<Route>) -> Listed {
        let servers = servers.iter().map(|task| (TaskId(*task), NodeId(*task), true)).collect();
        Listed { service: ServiceId(service), routes, servers }
    }

    #[test]
    fn the_longest_rule_counts_and_a_service_without_tasks_has_none() {
        let strategy = Arc::from(strategy::build("swarm-spread").expect("it is in the catalogue"));
        let end = End::At(SimTime::ZERO);
        let mut setup = Setup::empty("routes", 1, end, strategy);
        setup.traffic = vec![asks("a", "/"), asks("a", "/cart/1"), asks("b", "/cart"), asks("a", "/empty/1")];
        let list = vec![
            listed(1, &[4, 5], vec![route(Some("a"), None)]),
            listed(2, &[6], vec![route(Some("a"), Some("/cart"))]),
            listed(3, &[], vec![route(Some("a"), Some("/empty"))]),
        ];
        let config = Config::new(ServiceId(0), list, &mut Stream::new(1, "test", ""), &setup);
        let service = |traffic| config.way(traffic).map(|pool| config.pools[pool as usize].service.0);
        assert_eq!(service(0), Ok(1));
        assert_eq!(service(1), Ok(2));
        assert_eq!(service(2), Err(Cause::NoRoute), "nobody said anything of that host");
        assert_eq!(service(3), Ok(1), "its own rule is not there, and a shorter one is");
        assert_eq!((config.rules(), config.servers().count()), (2, 3));
    }
}
