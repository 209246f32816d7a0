//! Runs worked out by hand.

use swarmbed_scheduler::node::Availability;
use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{NodeId, ServiceId, TaskId};
use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::names::Text;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::setup::{Mode, Revision, Setup};
use swarmbed_sim::worker::gossip::Holds;
use swarmbed_sim::worker::mesh::Ending;

use crate::metrics::{METRICS, Metrics, names};
use crate::sample::{AGENT, N1, N2, N3, Telling, WEB, busy, setup};
use crate::story::tell;

/// `web` wants two, which come up at 1 s and 2 s. Its first machine crashes at 10 s, is DOWN at 20 s, the replacement is
/// placed at 21 s, may run at 25 s and is up at 26 s.
fn crash() -> Telling {
    crash_of(&setup(vec![]))
}

fn crash_of(setup: &Setup) -> Telling {
    let mut run = Telling::new(setup);
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 2 });
    run.task(0, 0, (WEB, 1, 1), N1);
    run.task(0, 1, (WEB, 2, 1), N2);
    run.up(1, 0, N1);
    run.up(2, 1, N2);
    run.tell(10, Observation::MachineCrashed { node: N1 });
    run.down(20, N1);
    run.unwant(20, 0);
    let (task, desired) = (TaskId(2), TaskState::Ready);
    run.tell(
        20,
        Observation::TaskCreated {
            task,
            service: WEB,
            slot: 1,
            attempt: 2,
            node: None,
            desired,
            revision: Revision(0),
        },
    );
    run.tell(21, Observation::TaskAssigned { task, node: N3 });
    run.tell(25, Observation::TaskDesiredChanged { task, from: TaskState::Ready, to: TaskState::Running });
    run.up(26, 2, N3);
    run
}

fn check(metrics: &Metrics, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(metrics.get(name).map(|v| v.to_string()).as_deref(), Some(*value), "{name}");
    }
}

#[test]
fn a_crash_is_measured_from_every_side() {
    let metrics = crash().metrics(30);
    check(
        &metrics,
        &[
            ("run.time", "30"),
            ("services.deployed", "2"),
            // 0 to 2 s, and 10 to 26 s.
            ("services.below_desired", "18"),
            ("services.degraded", "16"),
            // Two for a second, one for a second, one for 16 s.
            ("replicas.missing", "19"),
            ("replicas.lost", "16"),
            ("service.web.lost", "16"),
            ("replicas.surplus", "0"),
            ("tasks.created", "3"),
            ("tasks.running", "2"),
            ("tasks.restarts", "1"),
            ("tasks.wait.max", "1"),
            ("tasks.start.p50", "2"),
            ("tasks.start.max", "6"),
            ("failover.tasks", "1"),
            ("failover.replaced", "1"),
            ("failover.detect.p50", "10"),
            ("failover.place.max", "1"),
            ("failover.delay.max", "5"),
            ("failover.start.p99", "1"),
            ("failover.total.max", "16"),
            ("nodes.down", "1"),
            ("nodes.ready", "2"),
            ("nodes.down_time", "10"),
            ("nodes.tasks.min", "1"),
            ("nodes.reserved_cpu.min", "0.5"),
            ("nodes.reserved_cpu.max", "0.5"),
        ],
    );
    assert_eq!(metrics.get("images.pull.max"), None, "nothing was pulled, so no pull has a duration");
}

#[test]
fn a_crash_is_told_in_a_few_lines() {
    let run = crash();
    let lines = tell(&setup(vec![]), &run.recorder, &run.names);
    let lines: Vec<String> = lines.iter().map(|l| format!("{} {}", l.at, l.text)).collect();
    assert_eq!(
        lines,
        [
            "0s web created",
            "2s web complete: 2 tasks running",
            "10s n1 lost power: 1 task",
            "20s n1 declared down, 10s after",
            "26s its task replaced and running, 16s after: n3",
        ]
    );
}

/// A job that came by itself, on a machine that crashes: its task is hit like any other, and its replacement may run as soon
/// as it is to complete.
#[test]
fn a_crash_hits_a_job_that_came_by_itself() {
    let mut run = Telling::new(&setup(vec![]));
    let (job, desired, ready) = (ServiceId(7), TaskState::Complete, TaskState::Ready);
    let mode = Mode::ReplicatedJob { completions: 1, concurrent: 1 };
    run.tell(0, Observation::ServiceArrived { service: job, workload: 0, mode, reserves: Resources::ZERO });
    run.tell(0, Observation::ServiceCreated { service: job, replicas: 1 });
    let created = |task, attempt, desired| Observation::TaskCreated {
        task: TaskId(task),
        service: job,
        slot: 1,
        attempt,
        node: None,
        desired,
        revision: Revision(0),
    };
    run.tell(0, created(0, 1, desired));
    run.tell(0, Observation::TaskAssigned { task: TaskId(0), node: N1 });
    run.up(1, 0, N1);
    run.tell(10, Observation::MachineCrashed { node: N1 });
    run.down(20, N1);
    run.unwant(20, 0);
    run.tell(20, created(1, 2, ready));
    run.tell(21, Observation::TaskAssigned { task: TaskId(1), node: N3 });
    run.tell(25, Observation::TaskDesiredChanged { task: TaskId(1), from: ready, to: desired });
    run.up(26, 1, N3);
    check(
        &run.metrics(30),
        &[
            ("failover.tasks", "1"),
            ("failover.replaced", "1"),
            ("failover.delay.max", "5"),
            ("failover.start.max", "1"),
            ("failover.total.max", "16"),
        ],
    );
}

#[test]
fn a_machine_cut_off_keeps_its_container_which_is_then_one_too_many() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 1 });
    run.task(0, 0, (WEB, 1, 1), N1);
    run.up(1, 0, N1);
    run.tell(10, Observation::MachineSilenced { node: N1 });
    run.down(24, N1);
    run.unwant(24, 0);
    run.task(24, 1, (WEB, 1, 2), N2);
    run.up(30, 1, N2);
    run.tell(40, Observation::MachineHeard { node: N1 });
    run.tell(41, Observation::ContainerExited { task: TaskId(0), node: N1, code: 137 });
    let expected = [("replicas.lost", "0"), ("replicas.surplus", "11"), ("failover.tasks", "0")];
    check(&run.metrics(50), &expected);
    let incident = &run.recorder.incidents()[0];
    assert_eq!((incident.hits.len(), incident.hits[0].replacement), (1, Some(TaskId(1))));
}

#[test]
fn a_frozen_machine_serves_nobody() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 1 });
    run.task(0, 0, (WEB, 1, 1), N1);
    run.up(0, 0, N1);
    run.tell(10, Observation::MachineFroze { node: N1 });
    run.tell(13, Observation::MachineThawed { node: N1 });
    check(&run.metrics(20), &[("replicas.lost", "3"), ("replicas.running", "1")]);
    assert_eq!(run.recorder.incidents()[0].hits[0].replacement, None);
}

#[test]
fn a_global_service_wants_what_the_managers_mean_to_run() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: AGENT, replicas: 0 });
    for (task, node) in [(0, N1), (1, N2), (2, N3)] {
        run.task(1, task, (AGENT, 0, 1), node);
        run.up(2, task, node);
    }
    run.tell(10, Observation::MachineCrashed { node: N1 });
    run.down(20, N1);
    run.unwant(20, 0);
    run.tell(30, Observation::MachineBooted { node: N1 });
    run.task(31, 3, (AGENT, 0, 2), N1);
    run.up(33, 3, N1);
    // Wanted and not up: three for a second, one until it is given up at 20 s, one from 31 s to 33 s.
    let expected = [("service.agent.missing", "15"), ("replicas.wanted", "3"), ("failover.tasks", "0")];
    check(&run.metrics(40), &expected);
    let lines = tell(&setup(vec![]), &run.recorder, &run.names);
    assert!(lines.iter().any(|l| l.text == "n1 back; 1 global task there again 3s later"), "{lines:?}");
}

#[test]
fn failures_and_scaling_are_told_once() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 1 });
    let error = run.names.intern("task: non-zero exit (1)");
    for (n, start) in [5, 15, 25].into_iter().enumerate() {
        run.task(start, n as u32, (WEB, 1, n as u32 + 1), N1);
        run.up(start, n as u32, N1);
        let task = TaskId(n as u32);
        run.tell(start + 5, Observation::ContainerExited { task, node: N1, code: 1 });
        let (from, to) = (TaskState::Running, TaskState::Failed);
        run.tell(start + 5, Observation::TaskStateChanged { task, from, to, error });
    }
    run.tell(40, Observation::ServiceScaled { service: WEB, replicas: 3 });
    check(&run.metrics(50), &[("tasks.failed", "3"), ("service.web.running", "0")]);
    let lines = tell(&setup(vec![]), &run.recorder, &run.names);
    let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "web created",
            "web complete: 1 task running",
            "web: 3 tasks failed: task: non-zero exit (1), the last at 30s (20s later)",
            "web scaled from 1 to 3",
        ]
    );
}

/// The first task waits 4 s for a place, runs from 5 s to 15 s and is known to have ended at 16 s. The second fails; the one
/// in its place runs from 3 s to 7 s and is known to have ended at 8 s.
fn work() -> Telling {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 2 });
    let (task, desired) = (TaskId(0), TaskState::Running);
    run.tell(
        0,
        Observation::TaskCreated {
            task,
            service: WEB,
            slot: 1,
            attempt: 1,
            node: None,
            desired,
            revision: Revision(0),
        },
    );
    let (from, to) = (TaskState::New, TaskState::Pending);
    run.tell(0, Observation::TaskStateChanged { task, from, to, error: Text::NONE });
    run.task(0, 1, (WEB, 2, 1), N2);
    run.up(1, 1, N2);
    run.ends(2, 1, N2, 1, 2);
    run.task(2, 2, (WEB, 2, 2), N2);
    run.up(3, 2, N2);
    run.tell(4, Observation::TaskAssigned { task, node: N1 });
    run.up(5, 0, N1);
    run.ends(7, 2, N2, 0, 8);
    run.ends(15, 0, N1, 0, 16);
    run
}

#[test]
fn work_is_measured_from_its_first_task_to_its_known_end() {
    check(
        &work().metrics(20),
        &[
            ("tasks.makespan", "16"),
            ("tasks.wait.max", "4"),
            ("tasks.turnaround.mean", "12"),
            ("tasks.turnaround.p50", "8"),
            ("tasks.turnaround.max", "16"),
            // 16 s over 10 s, and 8 s over 4 s.
            ("tasks.slowdown.p50", "1.6"),
            ("tasks.slowdown.mean", "1.8"),
            ("tasks.slowdown.max", "2"),
            // One task for 4 of 20 s.
            ("tasks.waiting.mean", "0.2"),
            ("tasks.waiting.max", "1"),
            // Half a CPU for 2, 6 and 12 s, of three machines' 2 CPUs for 20 s.
            ("cluster.reserved_cpu.mean", "0.083333333"),
            ("cluster.reserved_memory.mean", "0"),
        ],
    );
}

/// Three machines of 2 CPUs and 4 GiB: the first is used by 1 CPU for 10 s and asked for 3 in the next 10; the second is used
/// by 1 CPU from 10 s on.
#[test]
fn use_is_measured_by_hand() {
    let mut run = Telling::new(&setup(vec![]));
    let mut uses = |at: u64, node: NodeId, cpus: i64, gib: i64| {
        let demand = Resources::new(cpus * 1_000_000_000, gib << 30);
        run.tell(at, Observation::NodeUseChanged { node, demand });
    };
    uses(0, N1, 1, 1);
    uses(10, N1, 3, 1);
    uses(10, N2, 1, 0);
    uses(20, N1, 0, 0);
    check(
        &run.metrics(40),
        &[
            // 10 s of 1, 10 s of the 2 that there are, 30 s of 1; over 40 s of 6.
            ("cluster.used_cpu.mean", "0.25"),
            ("cluster.used_memory.mean", "0.041666666"),
            ("nodes.used_cpu.peak", "1.5"),
            ("nodes.used_memory.peak", "0.25"),
            ("nodes.overloaded", "10"),
            // The square root of 2 for 30 s, that of 2 / 3 for 10 s.
            ("nodes.used_imbalance.mean", "1.264784316"),
        ],
    );
}

/// A service that came by itself.
const JOB: ServiceId = ServiceId(2);

/// It comes, each of its tasks reserving so much.
fn job_comes(run: &mut Telling, reserves: Resources) {
    let mode = Mode::Replicated { replicas: 3 };
    run.tell(0, Observation::ServiceArrived { service: JOB, workload: 0, mode, reserves });
    run.tell(0, Observation::ServiceCreated { service: JOB, replicas: 3 });
}

/// A task of the job is created and waits.
fn waits(run: &mut Telling, seconds: u64, task: u32, slot: (ServiceId, u32)) {
    let ((service, slot), task, desired) = (slot, TaskId(task), TaskState::Running);
    run.tell(
        seconds,
        Observation::TaskCreated {
            task,
            service,
            slot,
            attempt: 1,
            node: None,
            desired,
            revision: Revision(0),
        },
    );
    let (from, to) = (TaskState::New, TaskState::Pending);
    run.tell(seconds, Observation::TaskStateChanged { task, from, to, error: Text::NONE });
}

#[test]
fn what_is_free_and_of_no_use_is_told_by_cause() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 1 });
    job_comes(&mut run, Resources::new(1_000_000_000, 3 << 30));
    run.task(0, 0, (WEB, 1, 1), N1);
    run.ends(10, 0, N1, 0, 10);
    run.task(0, 1, (JOB, 1, 1), N2);
    run.tell(5, Observation::NodeAvailabilityChanged { node: N3, to: Availability::Drain });
    run.down(15, N2);
    check(
        &run.metrics(20),
        &[
            // Of n1's CPU a quarter is held and of its memory nothing: 1 GiB is alone for 10 s, of 12 GiB, and at last
            // of the 8 GiB of two READY nodes.
            ("cluster.stranded_memory.mean", "0.045454545"),
            // Of n2's CPU half is free and of its memory a quarter: half a CPU is alone for 15 s of 15 x 6 + 5 x 4.
            ("cluster.stranded_cpu.mean", "0.068181818"),
            // All of n3 for 15 s; and what the task leaves of n2 for 5 s.
            ("cluster.closed_cpu.drained", "0.25"),
            ("cluster.closed_cpu.down", "0.041666666"),
            ("cluster.closed_cpu.paused", "0"),
            ("cluster.closed_memory.drained", "0.25"),
            ("cluster.closed_memory.down", "0.020833333"),
        ],
    );
}

#[test]
fn tasks_wait_for_a_decision_for_room_in_one_piece_for_room_at_all_or_for_another_node() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 6 });
    // Of each node's 2 CPUs one is left.
    for (task, node) in (0..).zip([N1, N1, N2, N2, N3, N3]) {
        run.task(0, task, (WEB, task + 1, 1), node);
    }
    job_comes(&mut run, Resources::new(1_500_000_000, 0));
    (10..13).for_each(|task| waits(&mut run, 0, task, (JOB, task)));
    let small = run.names.intern("no suitable node (insufficient resources on 3 nodes)");
    for task in [10, 11, 12].map(TaskId) {
        run.tell(2, Observation::TaskRefused { task, reason: small });
    }
    // 3 CPUs would do for two of the three, 3.5 too, and the 2 that are left once the first is placed for one of two.
    run.ends(10, 0, N1, 0, 10);
    run.tell(12, Observation::TaskAssigned { task: TaskId(10), node: N1 });
    let reason = run.names.intern(
        "no suitable node (insufficient resources on 2 nodes; scheduling constraints not satisfied on 1 node)",
    );
    run.tell(16, Observation::TaskRefused { task: TaskId(11), reason });
    check(
        &run.metrics(20),
        &[
            ("tasks.waiting.mean", "2.6"),
            ("tasks.waiting.decision", "0.3"),
            ("tasks.waiting.capacity", "0.7"),
            ("tasks.waiting.fragmentation", "1.4"),
            ("tasks.waiting.filters", "0.2"),
        ],
    );
}

#[test]
fn a_global_task_waits_for_its_own_node() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: AGENT, replicas: 0 });
    waits(&mut run, 0, 0, (AGENT, 0));
    let reason = run.names.intern("no suitable node (insufficient resources on 1 node)");
    run.tell(0, Observation::TaskRefused { task: TaskId(0), reason });
    check(&run.metrics(10), &[("tasks.waiting.capacity", "1"), ("tasks.waiting.fragmentation", "0")]);
}

#[test]
fn the_steady_part_begins_when_the_load_has_settled() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 7 });
    for (task, node) in (0..).zip([N1, N1, N2, N2, N3, N3]) {
        run.task(10, task, (WEB, task + 1, 1), node);
    }
    waits(&mut run, 60, 6, (WEB, 7));
    run.tell(64, Observation::TaskAssigned { task: TaskId(6), node: N1 });
    check(
        &run.metrics(100),
        &[
            ("steady.warmup", "10"),
            ("steady.waiting.mean", "0.044444444"),
            // One of seven waited for 4 s.
            ("steady.wait.mean", "0.571428571"),
            // 3 of 6 CPUs for 54 s, and 3.5 for 36 s.
            ("steady.reserved_cpu.mean", "0.533333333"),
            ("cluster.reserved_cpu.mean", "0.48"),
        ],
    );
}

#[test]
fn a_run_that_fills_up_to_its_end_has_no_steady_part() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 12 });
    for task in 0..12 {
        run.task(5 * u64::from(task), task, (WEB, task + 1, 1), [N1, N2, N3][task as usize % 3]);
    }
    let metrics = run.metrics(60);
    let steady: Vec<&str> =
        metrics.iter().map(|(name, _)| name).filter(|n| n.starts_with("steady")).collect();
    assert_eq!(steady, [""; 0]);
}

#[test]
fn every_metric_of_the_table_can_come_up() {
    let mut setup = busy();
    setup.services[WEB.index()].volumes.push("data".to_owned());
    let mut run = crash_of(&setup);
    run.tell(17, Observation::PeerHeld { observer: N2, subject: N1, held: Holds::Failed });
    run.tell(27, Observation::NodeUseChanged { node: N2, demand: Resources::new(1_000_000_000, 1) });
    run.task(27, 4, (WEB, 3, 1), N3);
    run.up(28, 4, N3);
    run.ends(30, 4, N3, 0, 30);
    run.tell(40, Observation::PullStarted { node: N1, image: 0 });
    run.tell(41, Observation::PullEnded { node: N1, image: 0 });
    run.tell(41, Observation::LeadershipLost { node: N1 });
    run.tell(41, Observation::LeaderReady { node: N2 });
    run.tell(41, Observation::ServiceCreated { service: AGENT, replicas: 0 });
    run.tell(41, Observation::ServiceUpdated { service: WEB, revision: Revision(1), replicas: 2 });
    let (to, message) = (UpdateState::Completed, Text::NONE);
    run.tell(44, Observation::UpdateStateChanged { service: WEB, to, message });
    run.task(41, 3, (AGENT, 0, 1), N2);
    run.up(42, 3, N2);
    run.request(43, (AGENT, 3), Ending::Answered, 10);
    run.request(43, (WEB, 1), Ending::Answered, 20);
    run.tell(43, Observation::ProxyConfigured { task: TaskId(3), rules: 1, servers: 1 });
    let metrics = run.metrics(50);
    let missing: Vec<String> =
        names(["agent", "web"]).into_iter().filter(|n| metrics.get(n).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?} of {} families", METRICS.len());
    assert_eq!(metrics.iter().count(), names(["agent", "web"]).len(), "and each once");
}

#[test]
fn a_task_number_given_out_in_vain_does_no_harm() {
    let mut run = Telling::new(&setup(vec![]));
    run.tell(0, Observation::ServiceCreated { service: WEB, replicas: 1 });
    run.task(0, 5, (WEB, 1, 1), N1);
    run.tell(
        1,
        Observation::TaskStateChanged {
            task: TaskId(5),
            from: TaskState::Assigned,
            to: TaskState::Rejected,
            error: Text::NONE,
        },
    );
    check(&run.metrics(2), &[("tasks.created", "1"), ("tasks.rejected", "1")]);
}
