//! The strategies that can be named.

use super::params::{Params, StrategyError};
use super::{
    BestFit, Binpack, FirstFit, LeastLoaded, LeastReserved, LeastUsed, NextFit, Picked, PowerOfD, Random,
    Rank, Ranked, RoundRobin, Spread, Strategy, SwarmSpread, Ties, Unseen, WorstFit,
};
use crate::constraint::nearest;

/// Strategies by name. A value and not a global: who has one of his own adds it to his copy.
///
/// ```
/// use swarmbed_scheduler::strategy::{Catalogue, Entry, Picked, Random};
///
/// let mut catalogue = Catalogue::standard();
/// catalogue.add(Entry {
///     name: "dice",
///     summary: "as `random`, under the name of my paper",
///     params: &[],
///     build: |name, _| Ok(Box::new(Picked::new(name, Random))),
/// });
/// assert_eq!(catalogue.build("dice").unwrap().name(), "dice");
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// One strategy: what `list` and the documentation say of it, and how it is built.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What can be set.
    pub params: &'static [Param],
    /// Builds it, given the name that it is to report and parameters whose keys and values have been found valid.
    pub build: fn(name: String, params: &Params) -> Built,
}

/// A strategy, or why there is none.
pub type Built = Result<Box<dyn Strategy>, StrategyError>;

/// A parameter of a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its key.
    pub name: &'static str,
    /// What it may be; if this is empty, [`Entry::build`] decides.
    pub values: &'static [&'static str],
    /// What it is if it is not set.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
}

const fn ties(default: &'static str) -> Param {
    Param {
        name: "ties",
        values: &["random", "id"],
        default,
        doc: "how nodes that are equally good are told apart: at random (by the seed), or by ascending name",
    }
}

const DRAWS: Param =
    Param { name: "d", values: &[], default: "2", doc: "how many nodes each task draws, from 1 to 1000" };

const TIES: [Param; 1] = [ties("random")];

const PREFERENCES: Param = Param {
    name: "preferences",
    values: &["level", "ignore"],
    default: "level",
    doc: "whether a service's placement preferences are levelled branch by branch, or ignored",
};

const UNSEEN: Param = Param {
    name: "unseen",
    values: &["reserved", "ignored"],
    default: "reserved",
    doc: "how tasks count that were placed since their node was measured: by what they reserve, or not at all",
};

const STANDARD: [Entry; 13] = [
    Entry {
        name: "swarm-spread",
        summary: "SwarmKit's own scheduler, quirks included: fewest tasks of the service, then fewest tasks",
        params: &[ties("random")],
        build: |name, params| Ok(Box::new(SwarmSpread::new(name, Ties::of(params)))),
    },
    Entry {
        name: "spread",
        summary: "what swarm-spread means to do: levels tasks over nodes and branches, also from an uneven start",
        params: &[ties("random"), PREFERENCES],
        build: |name, params| {
            let ranked = Ranked::new(name, Spread, Ties::of(params));
            let level = params.get("preferences") != Some("ignore");
            Ok(Box::new(if level { ranked.levelling_preferences() } else { ranked }))
        },
    },
    Entry {
        name: "binpack",
        summary: "fills a node before it opens the next: largest dominant share of reservations first",
        params: &[ties("id")],
        build: |name, params| Ok(Box::new(Ranked::new(name, Binpack, by_name(params)))),
    },
    Entry {
        name: "first-fit",
        summary: "the first node by name that has room",
        params: &[],
        build: |name, _| Ok(Box::new(Ranked::new(name, FirstFit, Ties::Id))),
    },
    Entry {
        name: "best-fit",
        summary: "the node in use with the least CPU left that is enough, else the smallest other one",
        params: &[ties("id")],
        build: |name, params| Ok(Box::new(Ranked::new(name, BestFit, by_name(params)))),
    },
    Entry {
        name: "worst-fit",
        summary: "the node in use with the most CPU left, else the largest other one",
        params: &[ties("id")],
        build: |name, params| Ok(Box::new(Ranked::new(name, WorstFit, by_name(params)))),
    },
    Entry {
        name: "next-fit",
        summary: "the last node by name that is in use, else the next one that has room",
        params: &[],
        build: |name, _| Ok(Box::new(Picked::new(name, NextFit::default()))),
    },
    Entry {
        name: "least-reserved",
        summary: "levels reservations: smallest dominant share of CPU and memory first, then fewest tasks",
        params: &[ties("random")],
        build: |name, params| Ok(Box::new(Ranked::new(name, LeastReserved, Ties::of(params)))),
    },
    Entry {
        name: "least-used",
        summary: "levels what is really used, as last measured: smallest dominant share of CPU and memory first",
        params: &[ties("random"), UNSEEN],
        build: |name, params| {
            let ignored = params.get("unseen") == Some("ignored");
            let unseen = if ignored { Unseen::Ignored } else { Unseen::Reserved };
            Ok(Box::new(Ranked::new(name, LeastUsed::new(unseen), Ties::of(params))))
        },
    },
    Entry {
        name: "least-loaded",
        summary: "levels work: least CPU reserved first, whatever the size of the node (Graham's list scheduling)",
        params: &[ties("random")],
        build: |name, params| Ok(Box::new(Ranked::new(name, LeastLoaded, Ties::of(params)))),
    },
    Entry {
        name: "power-of-d",
        summary: "draws d nodes that have room and takes the one with the fewest tasks",
        params: &[DRAWS],
        build: |name, params| Ok(Box::new(Picked::new(name, PowerOfD::of(params)?))),
    },
    Entry {
        name: "random",
        summary: "any node that passes the filters, each as likely as the others: the baseline",
        params: &[],
        build: |name, _| Ok(Box::new(Picked::new(name, Random))),
    },
    Entry {
        name: "round-robin",
        summary: "the next node by name that passes the filters, counting on from the tasks that are there",
        params: &[],
        build: |name, _| Ok(Box::new(Picked::new(name, RoundRobin::default()))),
    },
];

/// What the parameter `ties` says; by name if it is not set, so that an empty cluster is filled from its start.
fn by_name(params: &Params) -> Ties {
    params.get("ties").map_or(Ties::Id, Ties::read)
}

impl Catalogue {
    /// The strategies that come with the product.
    pub fn standard() -> Catalogue {
        Catalogue { entries: STANDARD.to_vec() }
    }

    /// Adds a strategy, or replaces the one of that name.
    pub fn add(&mut self, entry: Entry) {
        self.entries.retain(|e| e.name != entry.name);
        self.entries.push(entry);
    }

    /// What there is, in the order of presentation.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every strategy as it is by default and with every value of every parameter, one at a time: what tests try.
    pub fn variants(&self) -> Vec<String> {
        let of = |entry: &Entry| {
            let set = entry.params.iter().flat_map(|p| p.values.iter().map(|v| (p.name, *v)));
            let set = set.map(|(param, value)| format!("{}[{param}={value}]", entry.name));
            std::iter::once(entry.name.to_owned()).chain(set).collect::<Vec<_>>()
        };
        self.entries.iter().flat_map(of).collect()
    }

    /// Builds a strategy from `name` or `name[key=value,…]`.
    pub fn build(&self, text: &str) -> Result<Box<dyn Strategy>, StrategyError> {
        let params: Params = text.parse()?;
        let entry = self.entries.iter().find(|e| e.name == params.name).ok_or_else(|| {
            let names: Vec<_> = self.entries.iter().map(|e| e.name).collect();
            StrategyError::UnknownName { hint: hint(&params.name, &names), found: params.name.clone() }
        })?;
        for (key, value) in &params.pairs {
            entry.check(key, value)?;
        }
        (entry.build)(entry.full_name(&params), &params)
    }
}

impl Entry {
    /// A rank of one's own under a name, with the parameter `ties`.
    ///
    /// ```
    /// use swarmbed_scheduler::plan::Group;
    /// use swarmbed_scheduler::strategy::{Candidate, Catalogue, Entry, Rank};
    ///
    /// #[derive(Default)]
    /// struct Emptiest;
    ///
    /// impl Rank for Emptiest {
    ///     type Key = u32;
    ///     fn key(&self, _: &Group<'_>, node: &Candidate<'_>) -> u32 {
    ///         node.active()
    ///     }
    /// }
    ///
    /// let mut catalogue = Catalogue::standard();
    /// catalogue.add(Entry::rank::<Emptiest>("emptiest", "fewest tasks first"));
    /// assert_eq!(catalogue.build("emptiest[ties=id]").unwrap().name(), "emptiest[ties=id]");
    /// ```
    pub const fn rank<R: Rank + Default + 'static>(name: &'static str, summary: &'static str) -> Entry {
        let build = |name: String, params: &Params| {
            Ok(Box::new(Ranked::new(name, R::default(), Ties::of(params))) as _)
        };
        Entry { name, summary, params: &TIES, build }
    }

    /// A strategy of one's own that has no parameters, under the name that it gives itself.
    pub const fn strategy<S: Strategy + Default + 'static>(
        name: &'static str,
        summary: &'static str,
    ) -> Entry {
        Entry { name, summary, params: &[], build: |_, _| Ok(Box::new(S::default())) }
    }

    fn check(&self, key: &str, value: &str) -> Result<(), StrategyError> {
        let param = self.params.iter().find(|p| p.name == key).ok_or_else(|| {
            let names: Vec<_> = self.params.iter().map(|p| p.name).collect();
            StrategyError::UnknownParam {
                strategy: self.name.into(),
                found: key.into(),
                hint: hint(key, &names),
            }
        })?;
        if param.values.is_empty() || param.values.contains(&value) {
            return Ok(());
        }
        let expected = param.values.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(" or ");
        Err(StrategyError::BadValue { param: key.into(), found: value.into(), expected })
    }

    /// The name with what differs from the defaults, in the catalogue's order: two texts that mean the same get one name.
    fn full_name(&self, params: &Params) -> String {
        let set =
            |p: &Param| params.get(p.name).filter(|v| *v != p.default).map(|v| format!("{}={v}", p.name));
        let set: Vec<String> = self.params.iter().filter_map(set).collect();
        if set.is_empty() { self.name.to_owned() } else { format!("{}[{}]", self.name, set.join(",")) }
    }
}

fn hint(found: &str, names: &[&'static str]) -> String {
    match nearest(found, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if names.is_empty() => "it has none".to_owned(),
        None => format!("there is {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_canonical() {
        let check = |text: &str, name: &str| {
            assert_eq!(Catalogue::standard().build(text).unwrap().name(), name, "{text}");
        };
        check("binpack", "binpack");
        check("binpack[ties=id]", "binpack");
        check("binpack[ties=random]", "binpack[ties=random]");
        check("spread[preferences=ignore, ties=id]", "spread[ties=id,preferences=ignore]");
        check("power-of-d[d=2]", "power-of-d");
        check("power-of-d[ d = 3 ]", "power-of-d[d=3]");
        for entry in Catalogue::standard().entries() {
            check(entry.name, entry.name);
            for param in entry.params {
                let free = param.values.is_empty();
                assert!(free || param.values.contains(&param.default), "{}: {}", entry.name, param.name);
            }
        }
    }

    #[test]
    fn mistakes_name_what_would_do() {
        let check = |text: &str, expected: &str| {
            let error = Catalogue::standard().build(text).err().expect("a mistake");
            assert_eq!(error.to_string(), expected);
        };
        check("bin-pack", "there is no strategy `bin-pack`; did you mean `binpack`?");
        check(
            "zzz",
            "there is no strategy `zzz`; there is swarm-spread, spread, binpack, first-fit, best-fit, worst-fit, next-fit, \
             least-reserved, least-used, least-loaded, power-of-d, random, round-robin",
        );
        check("spread[tie=id]", "`spread` has no parameter `tie`; did you mean `ties`?");
        check("bestfit", "there is no strategy `bestfit`; did you mean `best-fit`?");
        for d in ["0", "1001", "two", "02", "+2", "-1", "99999999999"] {
            let text = format!("power-of-d[d={d}]");
            check(&text, &format!("`d` cannot be `{d}`; expected a whole number from 1 to 1000"));
        }
        check("spread[ties=no]", "`ties` cannot be `no`; expected `random` or `id`");
        check("random[ties=id]", "`random` has no parameter `ties`; it has none");
        check("spread[", "`spread[` is not a strategy: expected `name` or `name[key=value,…]`");
    }
}
