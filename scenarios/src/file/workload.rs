//! `[[workload]]`: services and jobs that come by themselves.

use schemars::JsonSchema;
use serde::Deserialize;

use super::demand::Use;
use super::{Conduct, Priority};
use crate::value::{
    Count, Cpus, Frequency, Law, Name, Path, Share, Size, Text, TimeSpan, Word, Words, Written,
};

/// How many tasks one arrival may have.
pub(crate) type Tasks = Count<1, 100_000>;

/// Services or jobs that arrive while the run goes on, called `<name>-1`, `<name>-2`, … in the order in which they come.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with name, and arrivals or file")]
pub(crate) struct Workload {
    /// The workload's name.
    pub(crate) name: Written<Name>,
    /// Jobs, whose tasks run for `duration` each and exit with 0; or services, which are removed `duration` after they came.
    #[schemars(extend("x-default" = "jobs"))]
    pub(crate) kind: Option<Written<Word<WorkloadKind>>>,
    /// When they come; or else `file` says it.
    pub(crate) arrivals: Option<Arrivals>,
    /// A list of arrivals in a file beside this one, by ascending time. It is checked once and then read as the run gets
    /// there, so that it may have millions of rows. A CSV file names its columns in the first line: `time`, `count`,
    /// `cpu`, `memory`, `duration`, `priority` and `constraints` (several separated by `;`), of which `time` has to be there;
    /// times and durations are in seconds, memory in bytes, or each with a unit. A file `*.swf` is in the Standard Workload
    /// Format of the Parallel Workloads Archive: of each job count the submit time, the run time, and the processors and
    /// the memory that it asked for, or else those that it was given; jobs without a run time or processors are left out.
    pub(crate) file: Option<Written<Path>>,
    /// What the processors of a job in an SWF file are: a task of 1 CPU for each, which run at once as far as there is room,
    /// since Swarm does not start them together; or the CPUs of one large task, which needs a machine that has them.
    #[schemars(extend("x-default" = "tasks"))]
    pub(crate) processors: Option<Written<Word<Processors>>>,
    /// From when on.
    #[schemars(extend("x-default" = "0s"))]
    pub(crate) from: Option<Written<TimeSpan>>,
    /// Until when.
    #[schemars(extend("x-default" = "the end of the run"))]
    pub(crate) until: Option<Written<TimeSpan>>,
    /// How many come at most.
    #[schemars(extend("x-default" = "no limit"))]
    pub(crate) limit: Option<Written<Count<1, 100_000_000>>>,
    /// How many tasks each has.
    #[schemars(extend("x-default" = "1"))]
    pub(crate) tasks: Option<Law<Tasks>>,
    /// How many tasks of a job run at once at most.
    #[schemars(extend("x-default" = "all of them"))]
    pub(crate) concurrent: Option<Written<Tasks>>,
    /// How long a job's task runs; how long a service stays. Drawn for each task, or for each service.
    pub(crate) duration: Option<Law>,
    /// CPUs set aside for each task; drawn for each arrival.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) cpu: Option<Law<Cpus>>,
    /// Memory set aside for each task; drawn for each arrival.
    #[schemars(extend("x-default" = "0B"))]
    pub(crate) memory: Option<Law<Size>>,
    /// What a task really uses of its node; by default all that is reserved for it.
    #[serde(rename = "use")]
    pub(crate) uses: Option<Use>,
    /// The larger, the earlier its tasks are placed among those that wait; drawn for each arrival. See `[[service]]`.
    #[schemars(extend("x-default" = "0"))]
    pub(crate) priority: Option<Law<Priority>>,
    /// Lists of constraints, of which each arrival draws one by weight.
    #[serde(default)]
    pub(crate) constraints: Vec<Weighted>,
    /// The image of the containers.
    #[schemars(extend("x-default" = "the workload's name"))]
    pub(crate) image: Option<Written<Text>>,
    /// Whether a job is removed when its last task has exited with 0.
    #[schemars(extend("x-default" = "when done"))]
    pub(crate) removed: Option<Written<Word<Removed>>>,
    /// See `[behaviour]`.
    pub(crate) create: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) start: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) stop: Option<Law>,
    /// See `[behaviour]`.
    pub(crate) exit_code: Option<Written<Count<0, 255>>>,
    /// See `[behaviour]`.
    pub(crate) fails_to_prepare: Option<Written<Share>>,
    /// See `[behaviour]`.
    pub(crate) fails_to_start: Option<Written<Share>>,
}

impl Workload {
    /// What it says of its containers itself; how long they run is said by `duration`.
    pub(crate) fn conduct(&self) -> Conduct<'_> {
        Conduct {
            create: self.create.as_ref(),
            start: self.start.as_ref(),
            stop: self.stop.as_ref(),
            run: None,
            exit_code: self.exit_code.as_ref(),
            fails_to_prepare: self.fails_to_prepare.as_ref(),
            fails_to_start: self.fails_to_start.as_ref(),
            uses: self.uses.as_ref(),
            serve: None,
            proxy: None,
            ready: None,
            sickens: None,
        }
    }
}

/// What comes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WorkloadKind {
    /// Jobs.
    Jobs,
    /// Services.
    Services,
}

impl Words for WorkloadKind {
    const NAME: &'static str = "WorkloadKind";
    const WORDS: &'static [(&'static str, Self)] =
        &[("jobs", WorkloadKind::Jobs), ("services", WorkloadKind::Services)];
}

/// What the processors of a job are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Processors {
    /// Tasks of one CPU.
    Tasks,
    /// CPUs of one task.
    Cpus,
}

impl Words for Processors {
    const NAME: &'static str = "Processors";
    const WORDS: &'static [(&'static str, Self)] =
        &[("tasks", Processors::Tasks), ("cpus", Processors::Cpus)];
}

/// When a job is removed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Removed {
    /// When it is done.
    WhenDone,
    /// Never.
    Never,
}

impl Words for Removed {
    const NAME: &'static str = "Removed";
    const WORDS: &'static [(&'static str, Self)] =
        &[("when done", Removed::WhenDone), ("never", Removed::Never)];
}

/// An arrival process: exactly one of these.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with one arrival process")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct Arrivals {
    /// Independent of each other, so many in a time on average.
    pub(crate) poisson: Option<Written<Frequency>>,
    /// One after each such gap.
    pub(crate) every: Option<Law>,
    /// Several at once.
    pub(crate) bursts: Option<Bursts>,
    /// Independent of each other, more by day than by night.
    pub(crate) diurnal: Option<Diurnal>,
    /// So many at once, at the beginning.
    pub(crate) batch: Option<Written<Count<1, 10_000_000>>>,
}

/// Arrivals that come several at once.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with size and every")]
pub(crate) struct Bursts {
    /// How many at once.
    pub(crate) size: Law<Tasks>,
    /// The time between two bursts; the first comes at the beginning.
    pub(crate) every: Law,
}

/// Arrivals that follow the hour.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with mean")]
pub(crate) struct Diurnal {
    /// How many in a time, on average over a day. They begin at the mean and on their way up.
    pub(crate) mean: Written<Frequency>,
    /// How far their number swings around the mean.
    #[schemars(extend("x-default" = "50%"))]
    pub(crate) swing: Option<Written<Share>>,
    /// The length of a day.
    #[schemars(extend("x-default" = "24h"))]
    pub(crate) period: Option<Written<TimeSpan>>,
}

/// Constraints that an arrival may draw.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with weight and of")]
pub(crate) struct Weighted {
    /// How often it is drawn, beside the others' weights.
    pub(crate) weight: Written<Count<1, 1_000_000>>,
    /// All must hold of a node, such as `node.labels.disk == ssd`; an empty list asks nothing.
    pub(crate) of: Vec<Written<Text>>,
}
