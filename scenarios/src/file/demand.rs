//! `use = { … }`: what a task really uses.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::value::{Cpus, Law, Path, Share, Size, TimeSpan, Written};

/// What a task really uses of its node while it runs; drawn for each task. It slows and kills nothing: it is measured, and
/// strategies such as `least-used` place by what was measured.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with cpu, memory, of_reserved or file")]
pub(crate) struct Use {
    /// CPUs.
    #[schemars(extend("x-default" = "what `of_reserved` says"))]
    pub(crate) cpu: Option<Law<Cpus>>,
    /// Memory.
    #[schemars(extend("x-default" = "what `of_reserved` says"))]
    pub(crate) memory: Option<Law<Size>>,
    /// So much of the CPU that is reserved, and of the memory.
    #[schemars(extend("x-default" = "100%"))]
    pub(crate) of_reserved: Option<Law<Share>>,
    /// CPU follows the hour: the amount drawn is the mean over a day.
    pub(crate) diurnal: Option<DiurnalUse>,
    /// Or else the same for all tasks, from a CSV file beside this one: its first line names the columns `time`, and `cpu` or
    /// `memory` or both. Each row holds from its time in the run until the next. Times are in seconds, memory in bytes, or
    /// each with a unit. What has no column is used as it is reserved.
    pub(crate) file: Option<Written<Path>>,
}

/// How CPU follows the hour, in steps of half an hour of a day.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with swing and period")]
pub(crate) struct DiurnalUse {
    /// How far it swings around the mean. The run begins at the mean and on the way up.
    #[schemars(extend("x-default" = "50%"))]
    pub(crate) swing: Option<Written<Share>>,
    /// The length of a day.
    #[schemars(extend("x-default" = "24h"))]
    pub(crate) period: Option<Written<TimeSpan>>,
}
