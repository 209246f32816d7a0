//! The recording as written, read with care: every complaint names its place in the file and says what belongs there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::conform::Kind;

/// A recording that has been read and found well-formed. Its events (`runs`) are read for two things only: how long a
/// repetition was observed, and how busy the machine was.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The family of situations, such as `drain`.
    pub family: String,
    /// Its groups, as they stand in the file.
    pub groups: Vec<Group>,
}

/// All repetitions of one situation.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, for reports only: what is simulated follows from `params`.
    pub name: String,
    /// Where its parameters stand in the file.
    pub(super) place: String,
    /// What the situation was.
    pub(super) params: Map<String, Value>,
    /// Every measured value, by the name of the duration or count.
    pub values: BTreeMap<String, Vec<f64>>,
    /// How often it was played, if the file says.
    pub repetitions: Option<u32>,
    /// How long a repetition was observed, in seconds (the median), if the file holds events of any.
    pub observed_s: Option<f64>,
    /// The worst tick of a 10 ms ticker beside a repetition (the median), if the file says.
    pub worst_tick_ms: Option<f64>,
}

/// Why a file is no recording of timings.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is not JSON.
    #[error("not a recording of timings: {0}")]
    Json(#[from] serde_json::Error),
    /// Something in it is not what belongs there.
    #[error("{place}: found {found}, expected {expected}")]
    Unexpected {
        /// Where, such as `groups[2].params.workers`.
        place: String,
        /// What is there.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
}

/// Reads a recording of timings.
///
/// # Errors
/// If the text is not JSON of the format `swarmkit-timed/1`.
pub fn read(text: &str) -> Result<Recording, RecordingError> {
    let root: Value = serde_json::from_str(text)?;
    let format = field(&root, "", "format");
    if format.1.as_str() != Some(Kind::Timings.format()) {
        return Err(unexpected(format, "\"swarmkit-timed/1\""));
    }
    let observed = by_group(&root, |run, place| {
        let span = field(run, place, "duration_s");
        span.1.as_f64().map(Some).ok_or_else(|| unexpected(span, "a number of seconds"))
    })?;
    let ticks =
        by_group(&root, |run, _| Ok(run.get("noise").and_then(|noise| noise.get("max_ms")?.as_f64())))?;
    let mut groups = Vec::new();
    for group in items(field(&root, "", "groups"))? {
        groups.push(self::group((&group.0, group.1), &observed, &ticks)?);
    }
    Ok(Recording { family: text_of(field(&root, "", "family"))?, groups })
}

fn group(at: At<'_>, observed: &ByGroup, ticks: &ByGroup) -> Result<Group, RecordingError> {
    let name = text_of(field(at.1, at.0, "group"))?;
    let params = field(at.1, at.0, "params");
    let (place, params) = (params.0.clone(), object(params)?.clone());
    let values = field(at.1, at.0, "values");
    let mut read = BTreeMap::new();
    for (duration, list) in object((values.0.clone(), values.1))? {
        let place = format!("{}.{duration:?}", values.0);
        let mut numbers = Vec::new();
        for (place, value) in items((place, list))? {
            numbers.push(value.as_f64().ok_or_else(|| unexpected((place, value), "a number"))?);
        }
        read.insert(duration.clone(), numbers);
    }
    let repetitions = field(at.1, at.0, "runs").1.as_u64().and_then(|n| u32::try_from(n).ok());
    let median = |of: &ByGroup| of.get(&name).map(|values| values[values.len() / 2]);
    let (observed_s, worst_tick_ms) = (median(observed), median(ticks));
    Ok(Group { name, place, params, values: read, repetitions, observed_s, worst_tick_ms })
}

/// Values of each group's repetitions, ascending.
type ByGroup = BTreeMap<String, Vec<f64>>;

/// Reads a value of every repetition that has it. A file may do without events.
fn by_group(
    root: &Value,
    value: impl Fn(&Value, &str) -> Result<Option<f64>, RecordingError>,
) -> Result<ByGroup, RecordingError> {
    let mut values = ByGroup::new();
    let runs = field(root, "", "runs");
    if runs.1.is_null() {
        return Ok(values);
    }
    for (place, run) in items(runs)? {
        if let Some(value) = value(run, &place)? {
            values.entry(text_of(field(run, &place, "group"))?).or_default().push(value);
        }
    }
    values.values_mut().for_each(|values| values.sort_by(f64::total_cmp));
    Ok(values)
}

/// A value and its place in the file.
type At<'a> = (&'a str, &'a Value);
type Found<'a> = (String, &'a Value);

static NOTHING: Value = Value::Null;

fn field<'a>(of: &'a Value, place: &str, name: &str) -> Found<'a> {
    let dot = if place.is_empty() { "" } else { "." };
    (format!("{place}{dot}{name}"), of.get(name).unwrap_or(&NOTHING))
}

fn items((place, value): Found<'_>) -> Result<Vec<Found<'_>>, RecordingError> {
    let list = value.as_array().ok_or_else(|| unexpected((place.clone(), value), "a list"))?;
    Ok((0..).map(|index: usize| format!("{place}[{index}]")).zip(list).collect())
}

fn object((place, value): Found<'_>) -> Result<&Map<String, Value>, RecordingError> {
    value.as_object().ok_or_else(|| unexpected((place, value), "an object"))
}

fn text_of((place, value): Found<'_>) -> Result<String, RecordingError> {
    value.as_str().map(str::to_owned).ok_or_else(|| unexpected((place, value), "a text"))
}

/// The complaint about a value.
pub(super) fn unexpected((place, value): Found<'_>, expected: &'static str) -> RecordingError {
    let found = match value {
        Value::Null => "nothing".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    };
    RecordingError::Unexpected { place, found, expected }
}
