//! Distributions of time spans as they are written: `{ uniform = ["1s", "3s"] }`, or a bare span that is always the same.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer};
use swarmbed_sim::engine::distribution::Distribution;

use super::shape::{Shape, Shaped};
use super::{Kind, Misread, Number, TimeSpan, Written};

/// A distribution, and where it stands. A bare span is the same every time.
pub(crate) struct Law(Shaped<TimeSpan, Table>);

/// A distribution of time spans: exactly one of these.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a distribution")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
struct Table {
    /// The same every time.
    constant: Option<Written<TimeSpan>>,
    /// Every span between the two is as likely as the others.
    #[schemars(length(min = 2, max = 2))]
    uniform: Option<Vec<Written<TimeSpan>>>,
    /// Memoryless, with this mean.
    exponential: Option<Written<TimeSpan>>,
    /// Its logarithm is normal: many short ones and a few long ones.
    lognormal: Option<LogNormal>,
    /// Of a given shape and mean: below shape 1 early ends are likelier, above it they are rarer.
    weibull: Option<Weibull>,
    /// A heavy tail: the longest ones make most of the total.
    pareto: Option<Pareto>,
    /// One of these, each as likely as the others.
    #[schemars(length(min = 1))]
    choice: Option<Vec<Written<TimeSpan>>>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with median and sigma")]
struct LogNormal {
    /// Half are longer.
    median: Written<TimeSpan>,
    /// Standard deviation of the logarithm.
    sigma: Written<Number>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with shape and mean")]
struct Weibull {
    /// 1 is exponential.
    shape: Written<Number>,
    /// The mean.
    mean: Written<TimeSpan>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with least and shape")]
struct Pareto {
    /// The shortest there is.
    least: Written<TimeSpan>,
    /// The smaller, the heavier the tail; at most 1 has no mean.
    shape: Written<Number>,
}

/// The misreading of a part, and its place.
pub(crate) type Misplaced = (Range<usize>, Misread);

impl Law {
    /// The distribution in nanoseconds, or what is wrong with it and where.
    pub(crate) fn read(&self) -> Result<Distribution, Misplaced> {
        let misplaced = |misread| (self.0.span.clone(), misread);
        match &self.0.shape {
            Shape::Plain(raw) => {
                TimeSpan::read(raw).map(|span| Distribution::constant(span.nanos())).map_err(misplaced)
            }
            Shape::List(_) => Err(misplaced(
                Misread::new("found a list, expected a time span or a distribution")
                    .help("to draw one of these write { choice = [...] }"),
            )),
            Shape::Table(table) => self.read_table(table),
        }
    }

    fn read_table(&self, table: &Table) -> Result<Distribution, Misplaced> {
        let found = [
            table.constant.as_ref().map(|span| Ok(Distribution::constant(nanos(span)?))),
            table.uniform.as_ref().map(|ends| self.uniform(ends)),
            table.exponential.as_ref().map(|mean| self.built(Distribution::exponential(nanos(mean)? as f64))),
            table.lognormal.as_ref().map(|law| {
                self.built(Distribution::log_normal(nanos(&law.median)? as f64, read(&law.sigma)?))
            }),
            table.weibull.as_ref().map(|law| {
                self.built(Distribution::weibull_with_mean(read(&law.shape)?, nanos(&law.mean)? as f64))
            }),
            table
                .pareto
                .as_ref()
                .map(|law| self.built(Distribution::pareto(nanos(&law.least)? as f64, read(&law.shape)?))),
            table.choice.as_ref().map(|spans| {
                let spans: Result<Vec<u64>, Misplaced> = spans.iter().map(nanos).collect();
                self.built(Distribution::empirical(spans?))
            }),
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(law), None) => law,
            (None, _) => {
                let misread = Misread::new("the distribution is empty");
                Err((self.0.span.clone(), misread.help(r#"write it like this: { uniform = ["1s", "3s"] }"#)))
            }
            (Some(_), Some(_)) => {
                let misread = Misread::new("found two distributions where one is due");
                Err((self.0.span.clone(), misread))
            }
        }
    }

    fn uniform(&self, ends: &[Written<TimeSpan>]) -> Result<Distribution, Misplaced> {
        let [low, high] = ends else {
            let message =
                format!("a uniform distribution lies between 2 time spans, here are {}", ends.len());
            return Err((self.0.span.clone(), Misread::new(message)));
        };
        let (from, to) = (nanos(low)?, nanos(high)?);
        if from > to {
            return Err((high.span.clone(), Misread::new("the upper end lies below the lower one")));
        }
        self.built(Distribution::uniform(from, to))
    }

    /// The engine's own refusals, such as a mean of zero.
    fn built<E: fmt::Display>(&self, law: Result<Distribution, E>) -> Result<Distribution, Misplaced> {
        law.map_err(|error| (self.0.span.clone(), Misread::new(error.to_string())))
    }
}

fn nanos(written: &Written<TimeSpan>) -> Result<u64, Misplaced> {
    read(written).map(swarmbed_scheduler::Span::nanos)
}

fn read<K: Kind>(written: &Written<K>) -> Result<K::Value, Misplaced> {
    written.read().map_err(|misread| (written.span.clone(), misread))
}

impl<'de> Deserialize<'de> for Law {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Shaped::deserialize(deserializer).map(Law)
    }
}

impl JsonSchema for Law {
    fn schema_name() -> Cow<'static, str> {
        "Distribution".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A distribution of time spans, or a bare span that is always the same.",
            "oneOf": [generator.subschema_for::<Written<TimeSpan>>(), generator.subschema_for::<Table>()],
            "x-unit": "time",
        })
    }
}
