//! A small cluster from a few lines of text, for tests.

mod measured;

use std::sync::Arc;

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::node::{Availability, Node, Role};
use swarmbed_scheduler::spec::{Port, PublishMode, TaskSpec};
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, SimTime, Span, strategy};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::profile::Profile;
use swarmbed_sim::setup::*;
use swarmbed_sim::world::network::Plane;
use swarmbed_sim::{Names, Observation, Observer, Simulation};

/// A run that is played piece by piece.
pub(crate) struct Cluster {
    simulation: Simulation,
}

impl Cluster {
    pub(crate) fn build(text: &str) -> Cluster {
        Cluster { simulation: Simulation::new(setup(text)) }
    }

    /// Obeys `run TIME [quietly]`, `tasks` or `nodes` and returns what there is to say.
    pub(crate) fn obey(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            ["run", until] => self.run(until),
            ["run", until, "quietly"] => {
                self.run(until);
                String::new()
            }
            ["tasks"] => self.tasks(),
            ["counts"] => self.counts(),
            _ => panic!("a story does not know `{command}`"),
        }
    }

    fn run(&mut self, until: &str) -> String {
        let mut log = Log { lines: String::new(), setup: self.simulation.setup().clone(), tasks: Vec::new() };
        for task in self.simulation.store().tasks() {
            log.know(task.id.0, task.service, task.slot, task.attempt, task.node);
        }
        self.simulation.run_until(SimTime::ZERO + span(until), &mut [&mut log]);
        assert_eq!(self.simulation.findings(), []);
        log.lines
    }

    fn tasks(&self) -> String {
        let names = self.simulation.names();
        let line = |t: &swarmbed_sim::manager::store::Task| {
            let slot = if t.slot == 0 {
                t.node.map_or("-", |n| names.node(n)).to_owned()
            } else {
                t.slot.to_string()
            };
            let node = t.node.map_or("-", |n| names.node(n));
            format!(
                "{}.{slot}.{} {} wanted {} on {node} {}\n",
                names.service(t.service),
                t.attempt,
                t.state,
                t.desired,
                names.text(t.error)
            )
            .replace(" \n", "\n")
        };
        self.simulation.store().tasks().map(line).collect()
    }

    fn counts(&self) -> String {
        let store = self.simulation.store();
        let live = |n: NodeId| {
            let tasks = store.tasks_on(n).iter().filter_map(|t| store.task(*t));
            tasks.filter(|t| t.desired <= TaskState::Running && !t.state.is_over()).count()
        };
        let line = |(id, node): (NodeId, &Node)| format!("{} {}\n", node.name, live(id));
        store.nodes().map(line).collect()
    }
}

/// What the lines describe.
fn setup(text: &str) -> Setup {
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    let words = |l: &str| l.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut machines: Vec<Machine> =
        lines().filter(|l| l.starts_with("machine")).flat_map(|l| machine(&words(l))).collect();
    machines.sort_by(|a, b| a.node.name.cmp(&b.node.name));
    let mut services: Vec<Service> =
        lines().filter(|l| l.starts_with("service")).map(|l| service(&words(l))).collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let described = |name: &str| {
        lines().filter(|l| l.starts_with("service")).map(words).find(|w| w[1] == name).expect("a service")
    };
    let names = Lookup { machines: &machines, services: &services, described: &described };
    let (mut harms, mut revisions) = (Vec::new(), Vec::new());
    let mut timeline: Vec<Step> = lines()
        .filter(|l| l.starts_with("at "))
        .map(|l| names.step(&words(l), &mut harms, &mut revisions))
        .collect();
    timeline.sort_by_key(|s| s.at);
    let setting = |key: &str| lines().find_map(|l| l.strip_prefix(key).map(str::to_owned));
    let strategy = setting("strategy ").unwrap_or("swarm-spread[ties=id]".into());
    // Constant commits, so that a story's times can be followed by hand.
    let profile = Profile { disk_write: Distribution::constant(1_000_000), ..Profile::swarm_current() };
    let seed = setting("seed ").map_or(1, |s| s.parse().expect("a seed"));
    let end = End::At(SimTime::ZERO + Span::secs(1_000_000));
    let strategy = Arc::from(strategy::build(&strategy).expect("a strategy"));
    Setup {
        profile,
        machines,
        images: vec![Image { name: "big".into(), size: 1 << 30 }],
        networks: vec![Network::ingress(), Network { prefix: 29, ..Network::new("small") }],
        services,
        revisions,
        timeline,
        harms,
        ..Setup::empty("story", seed, end, strategy)
    }
}

/// Writes observations down as lines, with names instead of numbers and without the managers' transactions.
struct Log {
    lines: String,
    setup: Setup,
    tasks: Vec<String>,
}

impl Log {
    fn know(&mut self, task: u32, service: ServiceId, slot: u32, attempt: u32, node: Option<NodeId>) {
        let service = &self.setup.services[service.index()].name;
        let key = match (slot, node) {
            (0, Some(node)) => self.setup.machines[node.index()].node.name.clone(),
            _ => slot.to_string(),
        };
        self.tasks.resize(self.tasks.len().max(task as usize + 1), String::new());
        self.tasks[task as usize] = format!("{service}.{key}.{attempt}");
    }
}

impl Observer for Log {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        use Observation as O;
        let task = |t: swarmbed_scheduler::TaskId| &self.tasks[t.index()];
        let text = match *what {
            O::TaskCreated { task, service, slot, attempt, node, desired, revision } => {
                self.know(task.0, service, slot, attempt, node);
                let of = if revision.0 == 0 { String::new() } else { format!(" of spec {}", revision.0) };
                format!("{} created{of}, wanted {desired}", self.tasks[task.index()])
            }
            O::TaskAssigned { task: t, node } => format!("{} assigned to {}", task(t), names.node(node)),
            O::TaskRefused { task: t, reason } => format!("{} waits: {}", task(t), names.text(reason)),
            O::TaskStateChanged { to: TaskState::Pending, .. } => return,
            O::TaskStateChanged { task: t, to, error, .. } => {
                format!("{} {to} {}", task(t), names.text(error)).trim_end().to_owned()
            }
            O::TaskDesiredChanged { task: t, to, .. } => format!("{} wanted {to}", task(t)),
            O::TaskDeleted { task: t } => format!("{} deleted", task(t)),
            O::ContainerStarted { task: t, .. } => format!("  container of {} started", task(t)),
            O::ContainerExited { task: t, code, .. } => format!("  container of {} exited {code}", task(t)),
            O::NodeStateChanged { node, to, .. } => format!("{} is {}", names.node(node), to.name()),
            O::NodeAvailabilityChanged { node, to } => format!("{} is to be {}", names.node(node), to.name()),
            O::NodeJoined { node } => format!("{} joined", names.node(node)),
            O::NodeRemoved { node } => format!("{} removed", names.node(node)),
            O::MachineCrashed { node } => format!("  {} lost power", names.node(node)),
            O::MachineBooted { node } => format!("  {} booted", names.node(node)),
            O::MachineSilenced { node } => format!("  {} fell silent", names.node(node)),
            O::MachineHeard { node } => format!("  {} is heard", names.node(node)),
            O::MachineFroze { node } => format!("  {} froze", names.node(node)),
            O::MachineThawed { node } => format!("  {} goes on", names.node(node)),
            O::ManagerAdded { node } => format!("{} is a member", names.node(node)),
            O::ManagerRemoved { node } => format!("{} is no member any more", names.node(node)),
            O::ClusterForced { node, lost } => format!("{} alone; {lost} entries lost", names.node(node)),
            O::NodeRoleWanted { node, to } => format!("{} is to be a {}", names.node(node), to.name()),
            O::NodeRoleChanged { node, to } => format!("{} is a {}", names.node(node), to.name()),
            O::NetworkHarmed { harm } => format!("  {}", names.text(harm)),
            O::NetworkMended { harm } => format!("  no longer {}", names.text(harm)),
            O::CandidateStood { node, term } => format!("{} stands in term {term}", names.node(node)),
            O::LeaderElected { node, term } => format!("{} is elected in term {term}", names.node(node)),
            O::LeaderReady { node } => format!("{} leads", names.node(node)),
            O::LeaderSteppedDown { node } => format!("{} steps down", names.node(node)),
            O::LeadershipLost { node } => format!("{} leads no more", names.node(node)),
            O::LeaderFollowed { node, leader } => {
                format!("{} follows {}", names.node(node), names.node(leader))
            }
            O::SessionOpened { node } => format!("{} has a session", names.node(node)),
            O::SessionLost { node } => format!("  {} lost its session", names.node(node)),
            O::CommandRefused { reason } => format!("refused: {}", names.text(reason)),
            O::ServiceScaled { service, replicas } => {
                format!("{} scaled to {replicas}", names.service(service))
            }
            O::ServiceUpdated { service, revision, .. } => {
                format!("{} updated to spec {}", names.service(service), revision.0)
            }
            O::ServiceRolledBack { service, revision, message, .. } => {
                let (name, message) = (names.service(service), names.text(message));
                format!("{name} rolled back to spec {}: {message}", revision.0)
            }
            O::UpdateStateChanged { service, to, message } => {
                format!("{} {to}: {}", names.service(service), names.text(message))
            }
            O::ServiceRemoved { service } => format!("{} removed", names.service(service)),
            O::PullStarted { node, .. } => format!("  {} pulls", names.node(node)),
            O::PullEnded { node, .. } => format!("  {} has pulled", names.node(node)),
            _ => return,
        };
        self.lines += &format!("{:9.3} {text}\n", at.as_secs_f64());
    }
}

struct Lookup<'a> {
    machines: &'a [Machine],
    services: &'a [Service],
    /// The words that describe a service.
    described: &'a dyn Fn(&str) -> Vec<String>,
}

impl Lookup<'_> {
    fn nodes(&self, names: &str) -> Vec<NodeId> {
        let id = |name: &str| self.machines.iter().position(|m| m.node.name == name).expect("a machine");
        names.split(',').map(|name| NodeId(id(name) as u32)).collect()
    }

    fn service(&self, name: &str) -> ServiceId {
        ServiceId(self.services.iter().position(|s| s.name == name).expect("a service") as u32)
    }

    fn step(&self, words: &[String], harms: &mut Vec<Harm>, revisions: &mut Vec<Service>) -> Step {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let lasts = |rest: &[&str]| rest.strip_prefix(&["for"]).map(|t| span(t[0]));
        let set =
            |nodes: &str, availability| Action::SetAvailability { nodes: self.nodes(nodes), availability };
        let action = match words[2..] {
            ["crash", n, ref rest @ ..] => Action::Crash { nodes: self.nodes(n), lasts: lasts(rest) },
            ["silence", n, ref rest @ ..] => Action::Silence { nodes: self.nodes(n), lasts: lasts(rest) },
            ["freeze", n, ref rest @ ..] => Action::Freeze { nodes: self.nodes(n), lasts: lasts(rest) },
            ["restart", n] => Action::Restart { nodes: self.nodes(n) },
            ["drain", n] => set(n, Availability::Drain),
            ["pause", n] => set(n, Availability::Pause),
            ["activate", n] => set(n, Availability::Active),
            ["join", n] => Action::Join { nodes: self.nodes(n) },
            ["leave", n] => Action::Leave { nodes: self.nodes(n) },
            ["remove", n, ref rest @ ..] => {
                Action::RemoveNode { nodes: self.nodes(n), force: rest == ["force"] }
            }
            ["promote", n] => Action::Promote { node: self.nodes(n)[0] },
            ["demote", n] => Action::Demote { node: self.nodes(n)[0] },
            ["force-new-cluster", n] => Action::ForceNewCluster { node: self.nodes(n)[0] },
            [way @ ("cut" | "cut-one-way"), from, to, ref rest @ ..] => {
                let place = HarmPlace::Between { from: self.nodes(from), to: self.nodes(to) };
                let (name, planes) = (format!("{way} {from} {to}"), vec![Plane::Control]);
                harms.push(Harm { name, planes, place, one_way: way == "cut-one-way", worse: None });
                Action::Harm { harm: harms.len() as u32 - 1, lasts: lasts(rest) }
            }
            ["create", s] => Action::Create { service: self.service(s) },
            // What is not said is as the service was described at first.
            ["update", s, ref changes @ ..] => {
                let changes = changes.iter().map(|word| (*word).to_owned());
                let described = (self.described)(s);
                let all =
                    described[..2].iter().cloned().chain(changes.clone()).chain(described[2..].to_vec());
                revisions.push(service(&all.collect::<Vec<_>>()));
                let replicas = number(options(&changes.collect::<Vec<_>>())("replicas"));
                let revision = Revision(revisions.len() as u16);
                Action::Update { service: self.service(s), revision, replicas }
            }
            ["rollback", s] => Action::Rollback { service: self.service(s) },
            ["rm", s] => Action::RemoveService { service: self.service(s) },
            ["scale", s, n] => {
                Action::Scale { service: self.service(s), replicas: n.parse().expect("a number") }
            }
            ["exit", s, n, code] => Action::ExitContainers {
                service: self.service(s),
                nodes: self.nodes(n),
                code: code.parse().expect("a code"),
            },
            _ => panic!("a story does not know `{}`", words.join(" ")),
        };
        Step { at: SimTime::ZERO + span(words[1]), action }
    }
}

fn options(words: &[String]) -> impl Fn(&str) -> Option<String> + '_ {
    move |key| words.iter().find_map(|w| w.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
}

fn number<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    text.map(|t| t.parse().unwrap_or_else(|_| panic!("`{t}` is no number")))
}

/// `machines w1,w2 cpu=4 role=manager later`
fn machine(words: &[String]) -> Vec<Machine> {
    let get = options(words);
    let names = words[1].split(',');
    let node = |name: &str| Node {
        name: name.into(),
        hostname: name.into(),
        role: if get("role").is_some_and(|r| r == "manager") { Role::Manager } else { Role::Worker },
        resources: Resources::new(number::<i64>(get("cpu")).unwrap_or(8) * 1_000_000_000, 32 << 30),
        ..Node::default()
    };
    let from_start = !words.iter().any(|w| w == "later");
    let build = |name: &str| Machine { from_start, ..Machine::new(node(name)) };
    names.map(build).collect()
}

/// `service web replicas=3 cpu=1 restart=on-failure delay=5s attempts=3 window=10s run=3s code=1 port=80 later`; instead of
/// replicas `completions=5 concurrent=2` or `job`, which is global
fn service(words: &[String]) -> Service {
    let get = options(words);
    let time = |key: &str| get(key).map(|t| span(&t));
    let constant =
        |key: &str, default: u64| Distribution::constant(time(key).map_or(default * 1_000_000, |t| t.0));
    let port = number::<u16>(get("port")).map(|p| Port {
        target: p,
        published: p,
        mode: PublishMode::Host,
        ..Port::default()
    });
    let ingress = number::<u16>(get("ingress")).map(|p| Port {
        target: p,
        published: p,
        mode: PublishMode::Ingress,
        ..Port::default()
    });
    let million = |key: &str| if words.iter().any(|w| w == key) { 1_000_000 } else { 0 };
    let mode = match (number(get("replicas")), number(get("completions"))) {
        (Some(replicas), _) => Mode::Replicated { replicas },
        (None, Some(completions)) => {
            Mode::ReplicatedJob { completions, concurrent: number(get("concurrent")).unwrap_or(completions) }
        }
        (None, None) if words.iter().any(|w| w == "job") => Mode::GlobalJob,
        (None, None) => Mode::Global,
    };
    Service {
        image: get("image").map(|_| 0),
        task: TaskSpec {
            reservations: Resources::new(number::<i64>(get("cpu")).unwrap_or(0) * 1_000_000_000, 0),
            constraints: get("constraint")
                .iter()
                .map(|c| Constraint::parse(c).expect("a constraint"))
                .collect(),
            max_replicas_per_node: number(get("max")).unwrap_or(0),
            ports: port.into_iter().chain(ingress).collect(),
            ..TaskSpec::default()
        },
        restart: RestartPolicy {
            condition: match get("restart").as_deref() {
                None | Some("any") => RestartCondition::Any,
                Some("on-failure") => RestartCondition::OnFailure,
                Some(_) => RestartCondition::None,
            },
            delay: time("delay").unwrap_or(Span::secs(5)),
            max_attempts: number(get("attempts")).unwrap_or(0),
            window: time("window").unwrap_or_default(),
        },
        image_name: get("tag").unwrap_or_default(),
        networks: words.iter().filter(|w| *w == "small").map(|_| 1).collect(),
        update: update(&get, ""),
        rollback: update(&get, "back-"),
        health: time("health").map(|interval| Health {
            interval,
            timeout: time("timeout").unwrap_or(interval),
            retries: number(get("retries")).unwrap_or(3),
            ..Health::default()
        }),
        stop_grace: time("grace").unwrap_or(Span::secs(10)),
        server: None,
        container: Container {
            create: constant("create", 300),
            start: constant("start", 200),
            stop: constant("stop", 200),
            run: time("run").map(|t| Distribution::constant(t.0)),
            exit_code: number(get("code")).unwrap_or(0),
            fails_to_prepare_ppm: million("unpreparable"),
            fails_to_start_ppm: million("unstartable"),
            ready: time("ready").map(|t| Distribution::constant(t.0)),
            sickens: time("sickens").map(|t| Distribution::constant(t.0)),
            ..Container::at_once()
        },
        from_start: !words.iter().any(|w| w == "later"),
        ..Service::new(words[1].as_str(), mode)
    }
}

/// `parallelism=2 rest=1s order=start-first action=rollback monitor=5s ratio=0.5`; with `back-` before each for rollbacks.
fn update(get: &impl Fn(&str) -> Option<String>, before: &str) -> UpdateConfig {
    let get = |key: &str| get(&format!("{before}{key}"));
    let default = UpdateConfig::default();
    UpdateConfig {
        parallelism: number(get("parallelism")).unwrap_or(default.parallelism),
        delay: get("rest").map_or(default.delay, |t| span(&t)),
        monitor: get("monitor").map_or(default.monitor, |t| span(&t)),
        max_failure_ppm: number::<f64>(get("ratio")).map_or(0, |ratio| (ratio * 1e6) as u32),
        failure_action: match get("action").as_deref() {
            Some("continue") => FailureAction::Continue,
            Some("rollback") => FailureAction::Rollback,
            _ => FailureAction::Pause,
        },
        order: match get("order").as_deref() {
            Some("start-first") => UpdateOrder::StartFirst,
            _ => UpdateOrder::StopFirst,
        },
    }
}

/// `1.5s`, `10m` or `24h`.
fn span(text: &str) -> Span {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => panic!("`{text}` has no unit"),
    };
    let number: f64 = text[..text.len() - unit.len()].parse().expect("a number");
    Span((number * seconds * 1e9) as u64)
}
