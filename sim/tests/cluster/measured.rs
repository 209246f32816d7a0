//! What a strategy sees of use is what the nodes measured, whenever it looks: held against a recorder that has seen every
//! change.

use std::sync::{Arc, Mutex};

use swarmbed_scheduler::observed::Observed;
use swarmbed_scheduler::plan::{Plan, Request};
use swarmbed_scheduler::strategy::{self, Strategy};
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::IndexedStream;
use swarmbed_sim::setup::{Base, Curve, Demand, Use};
use swarmbed_sim::{Names, Observation, Observer, Simulation};

type Sight = (SimTime, NodeId, Option<Observed>);

/// `least-used`, and notes what it is shown.
struct Probe {
    least_used: Box<dyn Strategy>,
    seen: Arc<Mutex<Vec<Sight>>>,
}

impl Strategy for Probe {
    fn name(&self) -> &str {
        "probe"
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let sights = request.view.nodes().map(|node| (request.now, node.id, node.observed));
        self.seen.lock().unwrap().extend(sights);
        self.least_used.plan(request)
    }

    fn reads_use(&self) -> bool {
        true
    }
}

/// What is so of a node from a time on.
#[derive(Clone, Copy)]
struct Now {
    since: SimTime,
    demand: Resources,
    on: bool,
    silent: bool,
}

/// Every change of every node.
struct Changes(Vec<Vec<Now>>);

impl Observer for Changes {
    fn observe(&mut self, at: SimTime, what: &Observation, _: &Names) {
        use Observation as O;
        let mut change = |node: NodeId, change: &dyn Fn(&mut Now)| {
            let row = &mut self.0[node.index()];
            let mut now = Now { since: at, ..*row.last().unwrap() };
            change(&mut now);
            row.push(now);
        };
        match *what {
            O::NodeUseChanged { node, demand } => change(node, &|now| now.demand = demand),
            O::MachineCrashed { node } | O::MachineFroze { node } => change(node, &|now| now.on = false),
            O::MachineThawed { node } => change(node, &|now| now.on = true),
            O::MachineBooted { node } => change(node, &|now| (now.on, now.silent) = (true, false)),
            O::MachineSilenced { node } => change(node, &|now| now.silent = true),
            O::MachineHeard { node } => change(node, &|now| now.silent = false),
            _ => {}
        }
    }
}

impl Changes {
    /// What a measurement at that time shows, if it is heard.
    fn measured(&self, node: NodeId, at: SimTime, size: Resources) -> Option<Resources> {
        let then = self.0[node.index()].iter().rev().find(|now| now.since <= at)?;
        let Resources { nano_cpus, memory } = then.demand;
        let used = Resources::new(nano_cpus.min(size.nano_cpus), memory.min(size.memory));
        (then.on && !then.silent).then_some(used)
    }
}

const CLUSTER: &str = "
    machines m1 role=manager
    machines w1,w2,w3 cpu=4
    service steady replicas=4 cpu=1
    service moody replicas=6 run=37s restart=any delay=2s
    service late replicas=1 later
    at 100s crash w1 for 90s
    at 130s silence w2 for 200s
    at 240s freeze w3 for 60s
    at 400s scale moody 9
    at 420s silence w3 for 20s
    at 425s crash w3
    at 500s restart w3
    at 900s create late
";

#[test]
fn what_is_seen_is_what_was_measured() {
    for (period, lag, window) in [(15, 1, 15), (7, 0, 40), (60, 10, 300), (1, 3, 5)] {
        let secs = Span::secs;
        check(secs(period), secs(lag), secs(window));
    }
}

fn check(period: Span, lag: Span, window: Span) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut setup = super::setup(CLUSTER);
    setup.profile.metrics_period = period;
    setup.profile.metrics_lag = lag;
    setup.profile.metrics_window = window;
    setup.metered = true;
    setup.curves = vec![Curve::diurnal(0.8, Span::secs(300))];
    for service in &mut setup.services {
        service.container.uses = Use {
            cpu: Demand {
                base: Base::Amount(Distribution::exponential(0.9e9).unwrap()),
                curve: (service.name == "moody").then_some(0),
            },
            memory: Demand { base: Base::Amount(Distribution::constant(1 << 30)), curve: None },
        };
    }
    let least_used = strategy::build("least-used").unwrap();
    setup.strategy = Arc::new(Probe { least_used, seen: seen.clone() });
    let machines = setup.machines.clone();
    let seed = setup.seed;
    let start = Now { since: SimTime::ZERO, demand: Resources::ZERO, on: true, silent: false };
    let mut changes = Changes(vec![vec![start]; machines.len()]);
    let mut simulation = Simulation::new(setup);
    simulation.run_until(SimTime::ZERO + Span::secs(1000), &mut [&mut changes]);
    assert_eq!(simulation.findings(), []);

    let sights = seen.lock().unwrap();
    assert!(sights.len() > 100, "{} sights", sights.len());
    let mut told = 0;
    for (now, node, observed) in sights.iter() {
        let machine = &machines[node.index()];
        let phase = IndexedStream::new(seed, "metrics", &machine.node.name).below(0, period.nanos());
        let times = (0..).map(|k| SimTime(phase + k * period.nanos())).take_while(|at| *at + lag <= *now);
        let all: Vec<_> = times.map(|at| changes.measured(*node, at, machine.node.resources)).collect();
        let expected = all.iter().rposition(Option::is_some).map(|last| {
            let first = (last + 1).saturating_sub((window.nanos() / period.nanos()).max(1) as usize);
            let heard: Vec<Resources> = all[first..=last].iter().flatten().copied().collect();
            let mean = |part: fn(&Resources) -> i64| heard.iter().map(part).sum::<i64>() / heard.len() as i64;
            Resources::new(mean(|r| r.nano_cpus), mean(|r| r.memory))
        });
        told += usize::from(expected.is_some_and(|used| used.nano_cpus > 0));
        assert_eq!(observed.map(|o| o.used), expected, "{} at {now}", machine.node.name);
    }
    assert!(told > 50, "{told} sights of some use");
}
