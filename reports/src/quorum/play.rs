//! One run of the fault engine with a count of who is up, and a leader if one is asked for.

use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::world::faults::{
    Around, Crews, FaultEvent, Faults, Lives, Maintenance, Policy, Shock, Standing,
};

use super::{Election, Managers, UpkeepPolicy};

/// Managers at work.
pub(super) struct Play {
    faults: Faults,
    stage: Stage,
    quorum: u32,
    had_quorum: bool,
    /// Whether the service is up.
    pub(super) serves: bool,
}

/// The agenda, and who leads.
struct Stage {
    agenda: Agenda<Happening>,
    leadership: Option<Leadership>,
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Fault(FaultEvent),
    /// There is a new leader, if the election has not been called off.
    Elected {
        ballot: u32,
    },
}

struct Leadership {
    election: Election,
    leader: Option<u32>,
    /// Counts elections, so that one which was called off is told.
    ballot: u32,
    under_way: bool,
    draws: Stream,
}

impl Play {
    /// Managers whose random numbers are named after `name`. Nothing happens before [`start`](Play::start).
    pub(super) fn new(managers: &Managers, name: &str) -> Play {
        let stream = |what: &str| Stream::new(1, &format!("quorum.{what}"), name);
        let crews = managers.crews.map_or_else(Crews::unlimited, Crews::limited);
        let mut own = Lives::new(managers.life.clone(), managers.repair.clone(), crews);
        for unit in 0..managers.count() {
            own.add((1, "quorum.manager", &format!("{name}/{unit}")), [unit]);
        }
        if let Some(gap) = &managers.shocks {
            own = own.with_shock(Shock::new(gap.clone(), stream("shocks")));
        }
        let mut lives = vec![own];
        if let Some((up, down)) = &managers.outages {
            lives.push(zones(managers, up, down, name));
        }
        let mut faults = Faults::new(managers.count(), lives);
        if let Some(upkeep) = &managers.upkeep {
            let policy = match upkeep.policy {
                UpkeepPolicy::Naive => Policy::Naive,
                UpkeepPolicy::Gated => Policy::Gated(managers.quorum()),
                UpkeepPolicy::Strict => Policy::Strict,
            };
            let (gap, lasts) = (upkeep.gap.clone(), upkeep.lasts.clone());
            faults = faults.with_maintenance(Maintenance::new(gap, lasts, policy, stream("upkeep")));
        }
        let leadership = managers.election.clone().map(|election| Leadership {
            election,
            leader: None,
            ballot: 0,
            under_way: false,
            draws: stream("elections"),
        });
        let stage = Stage { agenda: Agenda::new(), leadership };
        Play { faults, stage, quorum: managers.quorum(), had_quorum: true, serves: true }
    }

    /// Managers that are rebooted one after another, instead of being taken out now and then.
    pub(super) fn with_pass(mut self, pass: swarmbed_sim::world::faults::Pass) -> Play {
        self.faults = self.faults.with_pass(pass);
        self
    }

    /// Begins anew at time zero, with all up and a leader.
    pub(super) fn start(&mut self) {
        self.stage.agenda.clear();
        if let Some(leadership) = &mut self.stage.leadership {
            (leadership.leader, leadership.under_way) = (Some(0), false);
        }
        (self.had_quorum, self.serves) = (true, true);
        self.faults.start(&mut self.stage);
    }

    /// So many managers fail at once, the first ones.
    pub(super) fn strike(&mut self, managers: u32) {
        (0..managers).for_each(|unit| self.faults.strike(0, unit, &mut self.stage));
        self.judge();
    }

    /// When the next thing happens.
    #[inline]
    pub(super) fn next_time(&self) -> Option<SimTime> {
        self.stage.agenda.peek_time()
    }

    /// The next thing happens: when. Nothing if nothing will ever happen.
    #[inline]
    pub(super) fn step(&mut self) -> Option<SimTime> {
        let (now, happening) = self.stage.agenda.pop()?;
        match happening {
            Happening::Fault(event) => self.faults.handle(event, &mut self.stage),
            Happening::Elected { ballot } => self.stage.elected(ballot, self.faults.standing()),
        }
        self.judge();
        Some(now)
    }

    /// Whether all is as it was at the start.
    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.serves && self.faults.is_fresh()
    }

    /// How many are up.
    #[inline]
    pub(super) fn up(&self) -> u32 {
        self.faults.standing().up()
    }

    /// Whether the service is up, now that all that happens at once has happened.
    #[inline]
    fn judge(&mut self) {
        let quorum = self.up() >= self.quorum;
        self.serves = quorum;
        if let Some(leadership) = &mut self.stage.leadership {
            self.serves = leadership.judge(quorum, self.had_quorum, &mut self.stage.agenda);
        }
        self.had_quorum = quorum;
    }
}

/// The outages of zones, each of which reaches the managers in it.
fn zones(managers: &Managers, up: &Distribution, down: &Distribution, name: &str) -> Lives {
    let mut zones = Lives::new(up.clone(), down.clone(), Crews::unlimited());
    let mut first = 0;
    for (i, size) in managers.zones.iter().enumerate() {
        zones.add((1, "quorum.zone", &format!("{name}/{i}")), first..first + size);
        first += size;
    }
    zones
}

impl Around for Stage {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, Happening::Fault(event));
    }

    fn turned(&mut self, _: u8, unit: u32, up: bool) {
        if let Some(leadership) = &mut self.leadership
            && !up
            && leadership.leader == Some(unit)
        {
            leadership.leader = None;
        }
    }
}

impl Stage {
    fn elected(&mut self, ballot: u32, standing: &Standing) {
        let Some(leadership) = &mut self.leadership else { return };
        if leadership.under_way && leadership.ballot == ballot {
            let up = standing.those_up();
            leadership.leader = Some(up[leadership.draws.below(up.len() as u64) as usize]);
            leadership.under_way = false;
        }
    }
}

impl Leadership {
    /// Whether there is a leader; calls an election, or calls it off.
    fn judge(&mut self, quorum: bool, had_quorum: bool, agenda: &mut Agenda<Happening>) -> bool {
        if !quorum {
            (self.leader, self.under_way) = (None, false);
        } else if self.leader.is_none() && !self.under_way {
            let prompt = !had_quorum || self.draws.unit() < self.election.coverage;
            let law = if prompt { &self.election.prompt } else { &self.election.late };
            let takes = Span(law.sample(&mut self.draws));
            (self.ballot, self.under_way) = (self.ballot + 1, true);
            agenda.schedule(agenda.now() + takes, Happening::Elected { ballot: self.ballot });
        }
        self.leader.is_some()
    }
}
