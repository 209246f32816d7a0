use super::*;
use crate::engine::agenda::Agenda;
use crate::engine::distribution::Distribution;
use crate::engine::stream::Stream;

const SECOND: u64 = 1_000_000_000;

/// An agenda of faults alone, and what turned when.
#[derive(Default)]
struct Alone {
    agenda: Agenda<FaultEvent>,
    turns: Vec<String>,
}

impl Around for Alone {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, event);
    }

    fn turned(&mut self, _: u8, unit: u32, up: bool) {
        let word = if up { "up" } else { "down" };
        self.turns.push(format!("{} {unit} {word}", self.now().0 / SECOND));
    }
}

impl Alone {
    fn run(mut self, faults: &mut Faults, seconds: u64) -> Vec<String> {
        while self.agenda.peek_time().is_some_and(|time| time.0 < seconds * SECOND) {
            let (_, event) = self.agenda.pop().expect("there is a next event");
            faults.handle(event, &mut self);
        }
        self.turns
    }
}

fn seconds(s: u64) -> Distribution {
    Distribution::constant(s * SECOND)
}

/// Parts that fail after `up` seconds and take `down` seconds to repair; each reaches the units of its row.
fn lives(up: u64, down: u64, crews: Crews, reach: &[&[u32]]) -> Lives {
    let mut lives = Lives::new(seconds(up), seconds(down), crews);
    for (i, units) in reach.iter().enumerate() {
        lives.add((1, "fault.test", &format!("part-{i}")), units.iter().copied());
    }
    lives
}

fn turns(mut faults: Faults, until: u64) -> Vec<String> {
    let mut alone = Alone::default();
    faults.start(&mut alone);
    alone.run(&mut faults, until)
}

#[test]
fn one_crew_takes_one_after_another() {
    let both = || [[0u32].as_slice(), &[1]];
    let unlimited = Faults::new(2, vec![lives(10, 3, Crews::unlimited(), &both())]);
    assert_eq!(turns(unlimited, 20), ["10 0 down", "10 1 down", "13 0 up", "13 1 up"]);
    let single = Faults::new(2, vec![lives(10, 3, Crews::limited(1), &both())]);
    assert_eq!(turns(single, 20), ["10 0 down", "10 1 down", "13 0 up", "16 1 up"]);
}

#[test]
fn a_zone_masks_what_its_units_do_underneath() {
    let units = lives(10, 4, Crews::unlimited(), &[&[0], &[1]]);
    let zone = lives(12, 5, Crews::unlimited(), &[&[1]]); // down from 12 to 17
    let found = turns(Faults::new(2, vec![units, zone]), 20);
    // Unit 1 is repaired at 14, unseen, and comes up with its zone.
    assert_eq!(found, ["10 0 down", "10 1 down", "14 0 up", "17 1 up"]);
}

#[test]
fn a_shock_takes_what_is_up_and_leaves_the_rest_alone() {
    let shock = Shock::new(seconds(11), Stream::new(1, "fault.test.shock", "all"));
    let units = lives(100, 3, Crews::unlimited(), &[&[0], &[1]]).with_shock(shock);
    let mut faults = Faults::new(2, vec![units]);
    let mut alone = Alone::default();
    faults.start(&mut alone);
    alone.agenda.schedule(SimTime(9 * SECOND), FaultEvent::Fail { lives: 0, part: 0, timer: 1 });
    // Unit 0 fails at 9 and is back at 12, as if there had been no shock at 11; a second shock comes at 22.
    let found = alone.run(&mut faults, 24);
    assert_eq!(found, ["9 0 down", "11 1 down", "12 0 up", "14 1 up", "22 0 down", "22 1 down"]);
    assert!(!faults.is_fresh());
}

#[test]
fn maintenance_stops_a_clock_and_a_strict_policy_waits() {
    let maintained = |policy| {
        let draws = Stream::new(1, "fault.test.maintenance", "all");
        let maintenance = Maintenance::new(seconds(4), seconds(7), policy, draws);
        let units = lives(10, 3, Crews::unlimited(), &[&[0]]);
        turns(Faults::new(1, vec![units]).with_maintenance(maintenance), 25)
    };
    // Out from 4 to 11 with 6 of its 10 seconds to live; out again at 15, which leaves 2 more.
    assert_eq!(maintained(Policy::Strict), ["4 0 down", "11 0 up", "15 0 down", "22 0 up", "24 0 down"]);
    assert_eq!(maintained(Policy::Naive), maintained(Policy::Strict));
    // One unit has no others that could stay up.
    assert_eq!(maintained(Policy::Gated(1)), ["10 0 down", "13 0 up", "23 0 down"]);
}

#[test]
fn a_pass_reboots_all_and_renews_them() {
    let pass = Pass::new(Span::ZERO, Span::secs(4), Span::secs(2));
    let units = lives(5, 20, Crews::limited(1), &[&[0], &[1], &[2]]);
    let faults = Faults::new(3, vec![units]).with_pass(pass);
    assert_eq!(pass.length(3), Span::secs(16));
    // Unit 0 is new at 4. Unit 1 fails at 5 and is back from its reboot at 10. Unit 2 has failed too.
    assert_eq!(
        turns(faults, 17),
        ["0 0 down", "4 0 up", "5 1 down", "5 2 down", "9 0 down", "10 1 up", "15 1 down", "16 2 up"]
    );
}

#[test]
fn what_is_struck_is_repaired_and_a_start_forgets_it() {
    let mut faults = Faults::new(2, vec![lives(10, 3, Crews::limited(1), &[&[0], &[1]])]);
    let mut alone = Alone::default();
    faults.start(&mut alone);
    faults.strike(0, 1, &mut alone);
    faults.strike(0, 1, &mut alone); // it is down already
    assert_eq!((faults.standing().up(), faults.standing().those_up()), (1, [0].as_slice()));
    assert!(!faults.standing().is_up(1) && !faults.is_fresh());
    assert_eq!(alone.run(&mut faults, 12), ["0 1 down", "3 1 up", "10 0 down"]);
    assert_eq!(turns(faults, 12), ["10 0 down", "10 1 down"]);
}

/// How many seconds the last of these units was up, each time.
fn times_up(repair: u64, names: &[&str]) -> Vec<u64> {
    let day = Distribution::exponential(86_400e9).expect("a mean");
    let mut lives = Lives::new(day, seconds(repair), Crews::unlimited());
    for (i, name) in names.iter().enumerate() {
        lives.add((7, "fault.test", name), [i as u32]);
    }
    let found = turns(Faults::new(names.len() as u32, vec![lives]), 10 * 86_400);
    let mine = format!(" {} ", names.len() - 1);
    let second =
        |turn: &String| turn.split(' ').next().and_then(|second| second.parse().ok()).expect("a time");
    let mut times: Vec<u64> = found.iter().filter(|turn| turn.contains(&mine)).map(second).collect();
    times.insert(0, 0);
    times.chunks_exact(2).map(|pair| pair[1] - pair[0]).take(4).collect()
}

#[test]
fn failures_do_not_depend_on_how_long_repairs_take_or_who_else_fails() {
    let alone = times_up(60, &["worker-3"]);
    assert_eq!(alone.len(), 4);
    assert_eq!(alone, times_up(60, &["worker-1", "worker-2", "worker-3"]));
    let slow = times_up(600, &["worker-3"]);
    // The times are told in whole seconds.
    assert!(alone.iter().zip(&slow).all(|(one, other)| one.abs_diff(*other) <= 1), "{alone:?} {slow:?}");
}

#[test]
fn ways_are_counted_apart_and_records_are_played() {
    let outage = |node, down, up: Option<u64>| crate::setup::Outage {
        node: swarmbed_scheduler::NodeId(node),
        down: SimTime(down * SECOND),
        up: up.map(|up| SimTime(up * SECOND)),
    };
    let record = |way, outages: Vec<_>| Recorded::new(way, outages.into());
    let records = vec![
        record(0, vec![outage(0, 5, Some(9)), outage(1, 5, None), outage(0, 9, Some(12))]),
        record(0, vec![outage(0, 7, Some(11))]),
        record(1, vec![outage(0, 6, Some(8))]),
    ];
    let faults = Faults::in_ways(2, 2, vec![]).with_records(records);
    // The first way of unit 0 is held by one record until 9, by the other from 7 to 11, and by the first again until 12.
    assert_eq!(turns(faults, 20), ["5 0 down", "5 1 down", "6 0 down", "8 0 up", "12 0 up"]);
}
