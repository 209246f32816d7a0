//! Distributions as they are written: `{ uniform = ["1s", "3s"] }`, or a bare value that is always the same. Of time spans, and
//! of any other quantity.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer};
use swarmbed_sim::engine::distribution::Distribution;

use super::shape::{Shape, Shaped};
use super::{Count, Cpus, Kind, Misread, Number, Share, Size, TimeSpan, Written};

/// What can be drawn: a kind of value that is a whole number of something small.
pub(crate) trait Quantity: Kind {
    /// The name of its distributions in the JSON Schema and the key reference.
    const LAW: &'static str;
    /// Two of them in a message: `time spans`.
    const SEVERAL: &'static str;
    /// An example of a distribution.
    const EXAMPLE_LAW: &'static str;
    /// Its unit in the key reference.
    const UNIT: &'static str;

    /// So many nanoseconds, bytes, nano-CPUs or things.
    fn amount(value: Self::Value) -> u64;
}

impl Quantity for TimeSpan {
    const LAW: &'static str = "Distribution";
    const SEVERAL: &'static str = "time spans";
    const EXAMPLE_LAW: &'static str = r#"{ uniform = ["1s", "3s"] }"#;
    const UNIT: &'static str = "time";

    fn amount(value: swarmbed_scheduler::Span) -> u64 {
        value.nanos()
    }
}

impl Quantity for Cpus {
    const LAW: &'static str = "CpuDistribution";
    const SEVERAL: &'static str = "numbers of CPUs";
    const EXAMPLE_LAW: &'static str = r#"{ choice = ["0.5", "1", "2"] }"#;
    const UNIT: &'static str = "CPUs";

    fn amount(value: u64) -> u64 {
        value
    }
}

impl Quantity for Size {
    const LAW: &'static str = "SizeDistribution";
    const SEVERAL: &'static str = "amounts of bytes";
    const EXAMPLE_LAW: &'static str = r#"{ uniform = ["128MiB", "2GiB"] }"#;
    const UNIT: &'static str = "bytes";

    fn amount(value: u64) -> u64 {
        value
    }
}

impl Quantity for Share {
    const LAW: &'static str = "ShareDistribution";
    const SEVERAL: &'static str = "shares";
    const EXAMPLE_LAW: &'static str = r#"{ uniform = ["20%", "60%"] }"#;
    const UNIT: &'static str = "%";

    fn amount(value: u32) -> u64 {
        value.into()
    }
}

impl<const LEAST: u64, const MOST: u64> Quantity for Count<LEAST, MOST> {
    const LAW: &'static str = "CountDistribution";
    const SEVERAL: &'static str = "whole numbers";
    const EXAMPLE_LAW: &'static str = "{ uniform = [1, 10] }";
    const UNIT: &'static str = "1";

    fn amount(value: u64) -> u64 {
        value
    }
}

/// A distribution, and where it stands. A bare value is the same every time.
pub(crate) struct Law<Q = TimeSpan>(Shaped<Q, Table<Q>>);

/// A distribution: exactly one of these.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a distribution", bound = "Q: Quantity")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1), bound = "Q: Quantity")]
struct Table<Q> {
    /// The same every time.
    constant: Option<Written<Q>>,
    /// Every span between the two is as likely as the others.
    #[schemars(length(min = 2, max = 2))]
    uniform: Option<Vec<Written<Q>>>,
    /// Memoryless, with this mean.
    exponential: Option<Written<Q>>,
    /// Its logarithm is normal: many short ones and a few long ones.
    lognormal: Option<LogNormal<Q>>,
    /// Of a given shape and mean: below shape 1 early ends are likelier, above it they are rarer.
    weibull: Option<Weibull<Q>>,
    /// Exponential with one of two means: mostly short ones, and some that are long.
    hyperexponential: Option<Hyper<Q>>,
    /// A heavy tail: the longest ones make most of the total.
    pareto: Option<Pareto<Q>>,
    /// One of these, each as likely as the others.
    #[schemars(length(min = 1))]
    choice: Option<Vec<Written<Q>>>,
    /// One of these, by weight.
    #[schemars(length(min = 1))]
    weighted: Option<Vec<Weighted<Q>>>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with weight and of", bound = "Q: Quantity")]
#[schemars(bound = "Q: Quantity")]
struct Weighted<Q> {
    /// How often it is drawn, beside the others' weights.
    weight: Written<Count<1, 1_000_000>>,
    /// What is drawn.
    of: Written<Q>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with median and sigma", bound = "Q: Quantity")]
#[schemars(bound = "Q: Quantity")]
struct LogNormal<Q> {
    /// Half are longer.
    median: Written<Q>,
    /// Standard deviation of the logarithm.
    sigma: Written<Number>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with shape and mean", bound = "Q: Quantity")]
#[schemars(bound = "Q: Quantity")]
struct Weibull<Q> {
    /// 1 is exponential.
    shape: Written<Number>,
    /// The mean.
    mean: Written<Q>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with first, mean and other", bound = "Q: Quantity")]
#[schemars(bound = "Q: Quantity")]
struct Hyper<Q> {
    /// How many have the first mean.
    first: Written<Share>,
    /// That mean.
    mean: Written<Q>,
    /// The mean of the others.
    other: Written<Q>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with least and shape", bound = "Q: Quantity")]
#[schemars(bound = "Q: Quantity")]
struct Pareto<Q> {
    /// The shortest there is.
    least: Written<Q>,
    /// The smaller, the heavier the tail; at most 1 has no mean.
    shape: Written<Number>,
}

/// The misreading of a part, and its place.
pub(crate) type Misplaced = (Range<usize>, Misread);

impl<Q: Quantity> Law<Q> {
    /// Where it stands.
    pub(crate) fn span(&self) -> &Range<usize> {
        &self.0.span
    }

    /// The distribution of whole amounts, or what is wrong with it and where.
    pub(crate) fn read(&self) -> Result<Distribution, Misplaced> {
        let misplaced = |misread| (self.0.span.clone(), misread);
        match &self.0.shape {
            Shape::Plain(raw) => {
                Q::read(raw).map(|value| Distribution::constant(Q::amount(value))).map_err(misplaced)
            }
            Shape::List(_) => Err(misplaced(
                Misread::new(format!("found a list, expected {} or a distribution", Q::WHAT))
                    .help("to draw one of these write { choice = [...] }"),
            )),
            Shape::Table(table) => self.read_table(table),
        }
    }

    fn read_table(&self, table: &Table<Q>) -> Result<Distribution, Misplaced> {
        let found = [
            table.constant.as_ref().map(|span| Ok(Distribution::constant(amount(span)?))),
            table.uniform.as_ref().map(|ends| self.uniform(ends)),
            table
                .exponential
                .as_ref()
                .map(|mean| self.built(Distribution::exponential(amount(mean)? as f64))),
            table.lognormal.as_ref().map(|law| {
                self.built(Distribution::log_normal(amount(&law.median)? as f64, read(&law.sigma)?))
            }),
            table.weibull.as_ref().map(|law| {
                self.built(Distribution::weibull_with_mean(read(&law.shape)?, amount(&law.mean)? as f64))
            }),
            table.hyperexponential.as_ref().map(|law| {
                let first = f64::from(read(&law.first)?) / 1e6;
                let means = [amount(&law.mean)? as f64, amount(&law.other)? as f64];
                self.built(Distribution::hyperexponential(first, means))
            }),
            table
                .pareto
                .as_ref()
                .map(|law| self.built(Distribution::pareto(amount(&law.least)? as f64, read(&law.shape)?))),
            table.choice.as_ref().map(|spans| {
                let spans: Result<Vec<u64>, Misplaced> = spans.iter().map(amount).collect();
                self.built(Distribution::empirical(spans?))
            }),
            table.weighted.as_ref().map(|all| {
                let all: Result<_, Misplaced> =
                    all.iter().map(|one| Ok((amount(&one.of)?, read(&one.weight)?))).collect();
                self.built(Distribution::choice(all?))
            }),
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(law), None) => law,
            (None, _) => {
                let misread = Misread::new("the distribution is empty");
                Err((self.0.span.clone(), misread.help(format!("write it like this: {}", Q::EXAMPLE_LAW))))
            }
            (Some(_), Some(_)) => {
                let misread = Misread::new("found two distributions where one is due");
                Err((self.0.span.clone(), misread))
            }
        }
    }

    fn uniform(&self, ends: &[Written<Q>]) -> Result<Distribution, Misplaced> {
        let [low, high] = ends else {
            let message =
                format!("a uniform distribution lies between 2 {}, here are {}", Q::SEVERAL, ends.len());
            return Err((self.0.span.clone(), Misread::new(message)));
        };
        let (from, to) = (amount(low)?, amount(high)?);
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

fn amount<Q: Quantity>(written: &Written<Q>) -> Result<u64, Misplaced> {
    read(written).map(Q::amount)
}

fn read<K: Kind>(written: &Written<K>) -> Result<K::Value, Misplaced> {
    written.read().map_err(|misread| (written.span.clone(), misread))
}

impl<'de, Q: Quantity> Deserialize<'de> for Law<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Shaped::deserialize(deserializer).map(Law)
    }
}

impl<Q: Quantity> JsonSchema for Law<Q> {
    fn schema_name() -> Cow<'static, str> {
        Q::LAW.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("A distribution of {}, or a bare value that is always the same.", Q::SEVERAL),
            "oneOf": [generator.subschema_for::<Written<Q>>(), generator.subschema_for::<Table<Q>>()],
            "x-unit": Q::UNIT,
        })
    }
}
