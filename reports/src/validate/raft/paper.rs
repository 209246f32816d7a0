//! Elections with the timers of the thesis: drawn afresh when one fires and when a vote is granted, and only then. No log,
//! no lease: a model of elections, for the tables that ask for it.

use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::stream::Stream;
use swarmbed_sim::engine::agenda::Agenda;

use super::MILLI;
use super::election::Election;

/// An election among servers in one term whose leader is gone.
pub(super) struct Paper<'a> {
    /// How many servers there are.
    pub(super) n: u32,
    /// How many of them are alive: all but the first are followers.
    pub(super) alive: u32,
    /// The least and the longest one-way delay, milliseconds, uniform between.
    pub(super) delay: [f64; 2],
    /// A timer's length, milliseconds.
    pub(super) timeout: &'a dyn Fn(&mut Stream) -> f64,
}

#[derive(Clone, Copy)]
enum Event {
    Fires { server: u32, number: u32 },
    Asked { from: u32, to: u32, term: u64 },
    Told { to: u32, term: u64, granted: bool },
}

#[derive(Clone, Default)]
struct Server {
    term: u64,
    voted: bool,
    candidate: bool,
    votes: u32,
    /// Its timer's number: a timer of another number has been replaced.
    timer: u32,
}

struct Course<'a> {
    paper: &'a Paper<'a>,
    draws: Stream,
    agenda: Agenda<Event>,
    servers: Vec<Server>,
}

impl Paper<'_> {
    /// Plays it.
    pub(super) fn elect(&self, seed: u64) -> Election {
        let mut course = Course {
            paper: self,
            draws: Stream::new(seed, "validate.paper", ""),
            agenda: Agenda::new(),
            servers: vec![Server::default(); self.alive as usize],
        };
        (0..self.alive).for_each(|server| course.start_timer(server));
        while let Some((now, event)) = course.agenda.pop() {
            if let Some(terms) = course.play(event) {
                return Election { took: now.since(SimTime::ZERO).0 as f64 / MILLI, terms };
            }
        }
        unreachable!("timers fire for ever, and some day alone")
    }

    /// When the first timer fires, milliseconds.
    pub(super) fn first_timeout(&self, seed: u64) -> f64 {
        let mut draws = Stream::new(seed, "validate.paper", "");
        (0..self.alive).map(|_| (self.timeout)(&mut draws)).fold(f64::INFINITY, f64::min)
    }
}

impl Course<'_> {
    fn after(&mut self, ms: f64, event: Event) {
        let at = SimTime(self.agenda.now().0 + (ms * MILLI) as u64);
        self.agenda.schedule(at, event);
    }

    fn start_timer(&mut self, server: u32) {
        let ms = (self.paper.timeout)(&mut self.draws);
        let timer = &mut self.servers[server as usize].timer;
        *timer += 1;
        let number = *timer;
        self.after(ms, Event::Fires { server, number });
    }

    fn send(&mut self, event: Event) {
        let [low, high] = self.paper.delay;
        let ms = low + (high - low) * self.draws.unit();
        self.after(ms, event);
    }

    /// Returns the winner's term.
    fn play(&mut self, event: Event) -> Option<u64> {
        match event {
            Event::Fires { server, number } => {
                if self.servers[server as usize].timer == number {
                    return self.stand(server);
                }
            }
            Event::Asked { from, to, term } => {
                self.catch_up(to, term);
                let server = &mut self.servers[to as usize];
                let granted = server.term == term && !server.voted;
                server.voted |= granted;
                let own = server.term;
                if granted {
                    self.start_timer(to);
                }
                self.send(Event::Told { to: from, term: own, granted });
            }
            Event::Told { to, term, granted } => {
                self.catch_up(to, term);
                let server = &mut self.servers[to as usize];
                if server.candidate && server.term == term && granted {
                    server.votes += 1;
                    return (server.votes == self.paper.n / 2 + 1).then_some(term);
                }
            }
        }
        None
    }

    fn stand(&mut self, server: u32) -> Option<u64> {
        let own = &mut self.servers[server as usize];
        *own = Server { term: own.term + 1, voted: true, candidate: true, votes: 1, timer: own.timer };
        let term = own.term;
        if self.paper.n == 1 {
            return Some(term);
        }
        self.start_timer(server);
        for to in (0..self.paper.alive).filter(|to| *to != server) {
            self.send(Event::Asked { from: server, to, term });
        }
        None
    }

    /// A higher term makes a follower of anybody.
    fn catch_up(&mut self, server: u32, term: u64) {
        let own = &mut self.servers[server as usize];
        if term > own.term {
            *own = Server { term, voted: false, candidate: false, votes: 0, timer: own.timer };
        }
    }
}
