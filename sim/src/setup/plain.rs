//! The plainest of each: what holds where nothing is said. Whoever builds a setup by hand says only what matters to it.

use std::sync::Arc;

use swarmbed_scheduler::Span;
use swarmbed_scheduler::node::Node;
use swarmbed_scheduler::spec::TaskSpec;
use swarmbed_scheduler::strategy::Strategy;

use super::{
    Beats, Container, End, EndpointMode, Machine, Mode, Network, RestartPolicy, Service, Setup, Stay,
    UpdateConfig, Use,
};
use crate::engine::distribution::Distribution;
use crate::profile::Profile;

impl Setup {
    /// A swarm of today without machines, services or a timeline.
    pub fn empty(scenario: impl Into<String>, seed: u64, end: End, strategy: Arc<dyn Strategy>) -> Setup {
        Setup {
            scenario: scenario.into(),
            seed,
            end,
            profile: Profile::swarm_current(),
            strategy,
            machines: Vec::new(),
            links: Vec::new(),
            images: Vec::new(),
            networks: vec![Network::ingress()],
            services: Vec::new(),
            revisions: Vec::new(),
            workloads: Vec::new(),
            metered: false,
            curves: Vec::new(),
            timeline: Vec::new(),
            harms: Vec::new(),
            faults: Vec::new(),
            traffic: Vec::new(),
            beats: Beats::default(),
        }
    }
}

impl Machine {
    /// A member from the start, in no rack, zone or site, that pulls 100 MiB a second and has no image yet.
    pub fn new(node: Node) -> Machine {
        Machine {
            node,
            zone: None,
            rack: None,
            site: None,
            from_start: true,
            pull_rate: 100 << 20,
            images: Vec::new(),
        }
    }
}

impl Service {
    /// Created at time 0 and kept: its tasks ask for nothing, their image is present everywhere and their containers act at
    /// once. A container has 10 s to stop, SwarmKit's default (`api/defaults/service.go:17`).
    pub fn new(name: impl Into<String>, mode: Mode) -> Service {
        Service {
            name: name.into(),
            image_name: "example".to_owned(),
            image: None,
            mode,
            task: TaskSpec::default(),
            restart: RestartPolicy::default(),
            stop_grace: Span::secs(10),
            update: UpdateConfig::default(),
            rollback: UpdateConfig::default(),
            forced: 0,
            health: None,
            endpoint_mode: EndpointMode::default(),
            networks: Vec::new(),
            volumes: Vec::new(),
            container: Container::at_once(),
            server: None,
            proxy: None,
            routes: Vec::new(),
            from_start: true,
            stay: Stay::default(),
        }
    }
}

impl Container {
    /// Created, started and stopped in no time; it runs for ever, never fails and uses what is reserved for it.
    pub fn at_once() -> Container {
        let at_once = || Distribution::constant(0);
        Container {
            create: at_once(),
            start: at_once(),
            stop: at_once(),
            run: None,
            exit_code: 0,
            fails_to_prepare_ppm: 0,
            fails_to_start_ppm: 0,
            ready: None,
            sickens: None,
            uses: Use::default(),
        }
    }
}
