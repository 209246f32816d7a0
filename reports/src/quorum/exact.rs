//! What follows exactly, if nothing ages.

use super::{HOUR, Managers, UpkeepPolicy, YEAR};
use crate::markov::Chain;

mod burden;

pub use burden::Burden;

/// What follows from what befalls managers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The long-run share of time without service.
    pub unavailability: f64,
    /// How often a year the service is lost.
    pub outages_per_year: f64,
    /// Hours from all being up until the service is first lost.
    pub mean_to_loss: f64,
    /// The standard deviation of that time, in hours.
    pub sd_to_loss: f64,
}

/// The chain behind managers, in hours.
#[derive(Clone, Debug)]
pub struct Markov {
    /// The chain; all are up in its first state.
    pub chain: Chain,
    /// Whether the service is up in each state.
    pub serves: Vec<bool>,
    /// How many managers are up in each state.
    pub up: Vec<u32>,
}

/// What the chain has to remember. Zones of one size are interchangeable, so they are kept in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    zones: Vec<Zone>,
    leader: Leader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Zone {
    size: u32,
    /// Up by themselves.
    up: u32,
    /// Out of service.
    away: u32,
    on: bool,
    /// Whether the leader is here.
    leads: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leader {
    /// There is one, or none is asked for.
    There,
    /// One will be there soon.
    Soon,
    /// One will be there late.
    Late,
    /// There is no quorum.
    None,
}

/// The rates of what may happen.
struct Rates {
    quorum: u32,
    fails: f64,
    repairs: f64,
    crews: u32,
    zones: (f64, f64),
    shocks: f64,
    upkeep: Option<(f64, f64, UpkeepPolicy)>,
    /// Prompt, late, and the probability of the first.
    election: Option<(f64, f64, f64)>,
}

impl Managers {
    /// What follows, if all times are exponential with the means they have. `None` if that cannot be told from counts:
    /// crews that are too few for zones that differ.
    pub fn exact(&self) -> Option<Exact> {
        let Markov { chain, serves, .. } = self.markov()?;
        let shares = chain.shares();
        let without = shares.iter().zip(&serves).filter(|(_, serves)| !**serves);
        let passage = chain.passage(0, |i| !serves[i]);
        Some(Exact {
            unavailability: without.map(|(share, _)| share).sum(),
            outages_per_year: YEAR * chain.crossings(&shares, |i| serves[i]),
            mean_to_loss: passage.mean,
            sd_to_loss: passage.sd,
        })
    }

    /// The chain behind [`exact`](Managers::exact).
    pub fn markov(&self) -> Option<Markov> {
        let rates = Rates::of(self)?;
        let (states, chain) = self.explored(&rates)?;
        let serves = |state: &State| state.up() >= rates.quorum && state.leader == Leader::There;
        Some(Markov {
            chain,
            serves: states.iter().map(serves).collect(),
            up: states.iter().map(State::up).collect(),
        })
    }

    /// The states behind them, all up first.
    fn explored(&self, rates: &Rates) -> Option<(Vec<State>, Chain)> {
        let zone = |size: &u32| Zone { size: *size, up: *size, away: 0, on: true, leads: false };
        let mut zones: Vec<Zone> = self.zones.iter().filter(|size| **size > 0).map(zone).collect();
        if rates.election.is_some() {
            zones.first_mut()?.leads = true;
        }
        let start = State { zones, leader: Leader::There }.in_order();
        Some(Chain::explore(start, |state| rates.jumps(state)))
    }
}

impl State {
    /// Managers that count as up.
    fn up(&self) -> u32 {
        self.zones.iter().map(Zone::seen).sum()
    }

    fn in_order(mut self) -> State {
        self.zones.sort_unstable();
        self
    }

    /// The same with one zone changed.
    fn with(&self, zone: usize, change: impl FnOnce(&mut Zone)) -> State {
        let mut next = self.clone();
        change(&mut next.zones[zone]);
        next
    }
}

impl Zone {
    /// Managers here that count as up.
    fn seen(&self) -> u32 {
        if self.on { self.up } else { 0 }
    }

    fn down(&self) -> u32 {
        self.size - self.up - self.away
    }
}

impl Rates {
    fn of(managers: &Managers) -> Option<Rates> {
        let rate = |law: &swarmbed_sim::engine::distribution::Distribution| HOUR / law.mean();
        let upkeep = managers.upkeep.as_ref();
        let election = managers.election.as_ref();
        let occupied = managers.zones.iter().filter(|size| **size > 0).count();
        let crews = managers.crews.unwrap_or(managers.count());
        // Who is repaired next matters if it stands elsewhere.
        (crews >= managers.count() || occupied == 1).then(|| Rates {
            quorum: managers.quorum(),
            fails: rate(&managers.life),
            repairs: rate(&managers.repair),
            crews,
            zones: managers.outages.as_ref().map_or((0.0, 0.0), |(up, down)| (rate(up), rate(down))),
            shocks: managers.shocks.as_ref().map_or(0.0, rate),
            upkeep: upkeep.map(|upkeep| (rate(&upkeep.gap), rate(&upkeep.lasts), upkeep.policy)),
            election: election.map(|of| (rate(&of.prompt), rate(&of.late), of.coverage)),
        })
    }

    /// What may happen in a state.
    fn jumps(&self, state: &State) -> Vec<(State, f64)> {
        let mut jumps = Vec::new();
        for (i, zone) in state.zones.iter().enumerate() {
            let leaders = u32::from(zone.leads);
            let mut to = |rate: f64, change: &dyn Fn(&mut Zone)| {
                if rate > 0.0 {
                    self.settle(state, state.with(i, change), rate, &mut jumps);
                }
            };
            to(self.fails * f64::from(zone.up.saturating_sub(leaders)), &|zone| zone.up -= 1);
            to(self.fails * f64::from(leaders), &|zone| (zone.up, zone.leads) = (zone.up - 1, false));
            to(self.repairs * f64::from(zone.down().min(self.crews)), &|zone| zone.up += 1);
            match zone.on {
                true => to(self.zones.0, &|zone| (zone.on, zone.leads) = (false, false)),
                false => to(self.zones.1, &|zone| zone.on = true),
            }
            if let Some((_, back, _)) = self.upkeep {
                to(back * f64::from(zone.away), &|zone| (zone.up, zone.away) = (zone.up + 1, 0));
            }
        }
        self.upkeep_begins(state, &mut jumps);
        self.shock(state, &mut jumps);
        self.elections(state, &mut jumps);
        jumps
    }

    fn upkeep_begins(&self, state: &State, jumps: &mut Vec<(State, f64)>) {
        let Some((gap, _, policy)) = self.upkeep else { return };
        let (up, all) = (state.up(), state.zones.iter().map(|zone| zone.size).sum::<u32>());
        let agreed = match policy {
            UpkeepPolicy::Naive => up > 0,
            UpkeepPolicy::Gated => up > self.quorum,
            UpkeepPolicy::Strict => up == all,
        };
        if !agreed || state.zones.iter().any(|zone| zone.away > 0) {
            return;
        }
        for (i, zone) in state.zones.iter().enumerate() {
            let leaders = u32::from(zone.leads);
            for (managers, leads) in [(zone.seen().saturating_sub(leaders), zone.leads), (leaders, false)] {
                if managers > 0 {
                    let away = |zone: &mut Zone| (zone.up, zone.away, zone.leads) = (zone.up - 1, 1, leads);
                    let rate = gap * f64::from(managers) / f64::from(up);
                    self.settle(state, state.with(i, away), rate, jumps);
                }
            }
        }
    }

    fn shock(&self, state: &State, jumps: &mut Vec<(State, f64)>) {
        if self.shocks > 0.0 {
            let mut next = state.clone();
            next.zones.iter_mut().for_each(|zone| (zone.up, zone.leads) = (0, false));
            self.settle(state, next, self.shocks, jumps);
        }
    }

    fn elections(&self, state: &State, jumps: &mut Vec<(State, f64)>) {
        let rate = match (state.leader, self.election) {
            (Leader::Soon, Some((soon, _, _))) => soon,
            (Leader::Late, Some((_, late, _))) => late,
            _ => return,
        };
        for (i, zone) in state.zones.iter().enumerate().filter(|(_, zone)| zone.seen() > 0) {
            let mut next = state.with(i, |zone| zone.leads = true);
            next.leader = Leader::There;
            let share = f64::from(zone.seen()) / f64::from(state.up());
            self.settle(state, next, rate * share, jumps);
        }
    }

    /// A state is reached: what that means to the leader.
    fn settle(&self, before: &State, mut next: State, rate: f64, jumps: &mut Vec<(State, f64)>) {
        let Some((_, _, coverage)) = self.election else {
            return jumps.push((next.in_order(), rate));
        };
        let led = next.zones.iter().any(|zone| zone.leads);
        if next.up() < self.quorum {
            next.zones.iter_mut().for_each(|zone| zone.leads = false);
            next.leader = Leader::None;
        } else if before.leader == Leader::None {
            next.leader = Leader::Soon;
        } else if before.leader == Leader::There && !led {
            let mut late = next.clone();
            late.leader = Leader::Late;
            next.leader = Leader::Soon;
            if coverage < 1.0 {
                jumps.push((late.in_order(), rate * (1.0 - coverage)));
            }
            return jumps.push((next.in_order(), rate * coverage));
        }
        jumps.push((next.in_order(), rate));
    }
}
