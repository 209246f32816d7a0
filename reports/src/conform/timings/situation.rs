//! What a group's parameters say: the cluster, the service, and what is done to them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};
use swarmbed_scheduler::Span;
use swarmbed_sim::setup::{FailureAction, RestartCondition, RestartPolicy, UpdateConfig, UpdateOrder};

use super::families::Family;
use super::file::{Group, RecordingError, unexpected};
use super::mood::Machine;

/// A situation to be rebuilt. What its family does not speak of is left at its default.
#[derive(Clone, Debug)]
pub(super) struct Situation {
    pub managers: u32,
    pub workers: u32,
    /// Tasks of the service, in families in which that does not change.
    pub replicas: u32,
    /// Replicas one after the other (`scale`).
    pub sequence: Vec<u32>,
    /// How busy the machine was on which it was recorded.
    pub machine: Machine,
    pub container: Times,
    /// How the containers of the version behave that the service is updated to (`update`).
    pub container_new: Times,
    /// How it is updated.
    pub update: UpdateConfig,
    /// From the update on, containers of the old version fail as the new ones do.
    pub old_fails_again: bool,
    pub restart: RestartPolicy,
    pub loss: Loss,
    /// Workers lost at once (`worker_loss`).
    pub lost_together: u32,
    /// How long the service is observed (`restart`), or the cluster before its leader returns (`leader_loss`).
    pub observed: Span,
    /// How long the managers are without a quorum (`quorum_loss`).
    pub loss_lasts: Span,
    /// The manager that is left had been the leader (`quorum_loss`).
    pub survivor_led: bool,
    /// Containers exit meanwhile (`quorum_loss`).
    pub exits: bool,
    /// Whether managers carry tasks, too.
    pub managers_work: bool,
}

/// How the executor plug-in's containers behave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub prepare: Span,
    pub start: Span,
    pub stop: Span,
    pub run: Option<Span>,
    pub exit_code: u8,
    /// The share of containers that fail in either step.
    pub fail_in_prepare: f64,
    pub fail_in_start: f64,
}

/// In which way a worker is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Its process is killed; its containers are gone when it returns.
    Killed,
    /// It stops answering, and goes on where it was.
    Frozen,
}

/// No recording is as large as this. What is larger is a slip of the pen, and would be played for days.
const LONGEST_S: f64 = 3600.0;
const MOST: u64 = 10_000;

/// How long a restart is observed if the file holds no events that say so.
const OBSERVED_S: f64 = 45.0;

/// Workers of a cluster whose parameters do not say: so it is in every recorded run of the family `restart`.
const WORKERS: u32 = 3;

impl Situation {
    /// What the parameters say, and the names of those that do not matter to this family.
    pub(super) fn of(family: Family, group: &Group) -> Result<(Situation, Vec<String>), RecordingError> {
        let params = Params { place: group.place.clone(), map: &group.params, used: RefCell::default() };
        let container = Times::of(&params.within("container")?)?;
        let restart = restart_policy(&params)?;
        let mut situation = Situation {
            managers: params.count("managers", Some(1))?.max(1),
            workers: params.count("workers", Some(WORKERS))?,
            replicas: 0,
            sequence: Vec::new(),
            machine: Machine::of(group.worst_tick_ms),
            container: container.0,
            container_new: container.0,
            update: UpdateConfig::default(),
            old_fails_again: false,
            restart,
            loss: Loss::Killed,
            lost_together: 1,
            // The last milliseconds are the driver's lateness.
            observed: seconds((group.observed_s.unwrap_or(OBSERVED_S) * 10.0).round() / 10.0),
            loss_lasts: Span::ZERO,
            survivor_led: false,
            exits: false,
            managers_work: family == Family::LeaderLoss,
        };
        match family {
            Family::Scale => situation.sequence = params.counts("sequence")?,
            Family::Global => {}
            _ => situation.replicas = params.count("replicas", None)?,
        }
        if matches!(family, Family::WorkerLoss | Family::LeaderLoss) {
            let modes = [("process killed", Loss::Killed), ("process frozen", Loss::Frozen)];
            situation.loss = params.one_of("mode", &modes, "\"process killed\" or \"process frozen\"")?;
        }
        match family {
            Family::WorkerLoss => situation.lost_together = params.count("stopped_together", Some(1))?,
            Family::LeaderLoss => situation.observed = params.seconds("observe_s", None)?,
            Family::QuorumLoss => {
                situation.loss_lasts = params.seconds("loss_s", None)?;
                situation.survivor_led = params.flag("survivor_was_leader")?;
                let whats = [("none", false), ("task_exit", true)];
                situation.exits = params.one_of("during_loss", &whats, "\"none\" or \"task_exit\"")?;
            }
            _ => {}
        }
        let mut unused = container.1;
        if family == Family::Update {
            let new = Times::of(&params.within("container_new")?)?;
            (situation.container_new, situation.update) = (new.0, update_config(&params)?);
            let again = "old_version_also_fails_when_started_again";
            situation.old_fails_again = params.has(again) && params.flag(again)?;
            unused.extend(new.1);
        }
        Ok((situation, [params.unused(), unused].concat()))
    }
}

impl Times {
    fn of(params: &Params<'_>) -> Result<(Times, Vec<String>), RecordingError> {
        let times = Times {
            prepare: params.seconds("prepare_s", Some(0.0))?,
            start: params.seconds("start_s", Some(0.0))?,
            stop: params.seconds("stop_s", Some(0.0))?,
            run: params.has("run_s").then(|| params.seconds("run_s", None)).transpose()?,
            exit_code: u8::try_from(params.count("exit_code", Some(0))?).unwrap_or(u8::MAX),
            fail_in_prepare: params.number("fail_in_prepare", Some(0.0), "a share of all containers")?,
            fail_in_start: params.number("fail_in_start", Some(0.0), "a share of all containers")?,
        };
        Ok((times, params.unused()))
    }
}

fn restart_policy(params: &Params<'_>) -> Result<RestartPolicy, RecordingError> {
    let conditions = [
        ("any", RestartCondition::Any),
        ("on-failure", RestartCondition::OnFailure),
        ("none", RestartCondition::None),
    ];
    let default = RestartPolicy::default();
    let condition = match params.has("restart_condition") {
        true => params.one_of("restart_condition", &conditions, "\"any\", \"on-failure\" or \"none\"")?,
        false => default.condition,
    };
    Ok(RestartPolicy {
        condition,
        delay: params.seconds("restart_delay_s", Some(default.delay.as_secs_f64()))?,
        max_attempts: params.count("restart_max_attempts", Some(0))?,
        window: params.seconds("restart_window_s", Some(0.0))?,
    })
}

fn update_config(params: &Params<'_>) -> Result<UpdateConfig, RecordingError> {
    let orders = [("stop-first", UpdateOrder::StopFirst), ("start-first", UpdateOrder::StartFirst)];
    let actions = [
        ("pause", FailureAction::Pause),
        ("continue", FailureAction::Continue),
        ("rollback", FailureAction::Rollback),
    ];
    let default = UpdateConfig::default();
    let ratio = params.number("update_max_failure_ratio", Some(0.0), "a share of all slots")?;
    Ok(UpdateConfig {
        parallelism: params.count("update_parallelism", Some(default.parallelism))?,
        delay: params.seconds("update_delay_s", Some(0.0))?,
        failure_action: params.one_of(
            "update_failure_action",
            &actions,
            "\"pause\", \"continue\" or \"rollback\"",
        )?,
        monitor: params.seconds("update_monitor_s", Some(default.monitor.as_secs_f64()))?,
        max_failure_ppm: (ratio.min(1.0) * 1e6).round() as u32,
        order: params.one_of("update_order", &orders, "\"stop-first\" or \"start-first\"")?,
    })
}

/// The parameters of a group, which remember who asked for which of them.
struct Params<'a> {
    place: String,
    map: &'a Map<String, Value>,
    used: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Params<'a> {
    fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        let (name, value) = self.map.get_key_value(name)?;
        self.used.borrow_mut().insert(name);
        Some(value)
    }

    fn complaint(&self, name: &str, value: Option<&Value>, expected: &'static str) -> RecordingError {
        unexpected((format!("{}.{name}", self.place), value.unwrap_or(&Value::Null)), expected)
    }

    fn number(
        &self,
        name: &str,
        default: Option<f64>,
        expected: &'static str,
    ) -> Result<f64, RecordingError> {
        let value = self.get(name);
        match value.map_or(default, Value::as_f64) {
            Some(number) if (0.0..=LONGEST_S).contains(&number) => Ok(number),
            _ => Err(self.complaint(name, value, expected)),
        }
    }

    fn seconds(&self, name: &str, default: Option<f64>) -> Result<Span, RecordingError> {
        self.number(name, default, "a number of seconds, an hour at most").map(seconds)
    }

    fn count(&self, name: &str, default: Option<u32>) -> Result<u32, RecordingError> {
        let value = self.get(name);
        let found = value.map_or(default, count);
        found.ok_or_else(|| self.complaint(name, value, "a whole number, 10,000 at most"))
    }

    fn counts(&self, name: &str) -> Result<Vec<u32>, RecordingError> {
        let value = self.get(name);
        let list = value
            .and_then(Value::as_array)
            .and_then(|list| list.iter().map(count).collect::<Option<Vec<_>>>());
        list.ok_or_else(|| self.complaint(name, value, "a list of whole numbers, 10,000 at most"))
    }

    fn one_of<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
        expected: &'static str,
    ) -> Result<T, RecordingError> {
        let value = self.get(name);
        let found = choices.iter().find(|(word, _)| value.and_then(Value::as_str) == Some(word));
        found.map(|(_, choice)| *choice).ok_or_else(|| self.complaint(name, value, expected))
    }

    fn flag(&self, name: &str) -> Result<bool, RecordingError> {
        let value = self.get(name);
        value.and_then(Value::as_bool).ok_or_else(|| self.complaint(name, value, "true or false"))
    }

    fn within(&self, name: &'static str) -> Result<Params<'a>, RecordingError> {
        let value = self.get(name);
        let map = value.and_then(Value::as_object);
        let map = map.ok_or_else(|| self.complaint(name, value, "an object"))?;
        Ok(Params { place: format!("{}.{name}", self.place), map, used: RefCell::default() })
    }

    fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        self.map.keys().filter(|name| !used.contains(name.as_str())).cloned().collect()
    }
}

fn count(value: &Value) -> Option<u32> {
    value.as_u64().filter(|n| *n <= MOST).map(|n| n as u32)
}

fn seconds(seconds: f64) -> Span {
    Span((seconds * 1e9).round() as u64)
}
