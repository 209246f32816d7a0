//! The observer that a measured run is given.

use swarmbed_scheduler::{SimTime, TaskId};
use swarmbed_sim::names::Names;
use swarmbed_sim::observation::Observation;
use swarmbed_sim::observe::Observer;
use swarmbed_sim::setup::Setup;

use super::book::Book;
use super::chronicle::Chronicle;
use super::incident::{Incident, Incidents};
use super::leadership::Leadership;
use super::load::{Load, Standing};
use super::node::NodeRow;
use super::peers::Peers;
use super::proxies::Proxies;
use super::queue::{Place, Queue};
use super::requests::Requests;
use super::room::Room;
use super::stranded::Stranded;
use super::updates::Updates;
use super::usage::Usage;
use crate::metrics::Tally;

/// Follows a run: everything that its metrics and its story are made of.
#[derive(Clone, Debug)]
pub struct Recorder {
    book: Book,
    tally: Tally,
    incidents: Incidents,
    chronicle: Chronicle,
    leadership: Leadership,
    updates: Updates,
    stranded: Stranded,
    peers: Peers,
    load: Load,
    usage: Option<Usage>,
    room: Room,
    queue: Queue,
    requests: Requests,
    proxies: Proxies,
}

impl Recorder {
    /// A recorder for one run of that setup, to be given to it from the start.
    pub fn new(setup: &Setup) -> Recorder {
        let book = Book::new(setup);
        Recorder {
            room: Room::new(setup, &book.nodes),
            usage: Usage::new(setup, &book.nodes),
            book,
            tally: Tally::default(),
            incidents: Incidents::new(setup),
            chronicle: Chronicle::default(),
            leadership: Leadership::default(),
            updates: Updates::default(),
            stranded: Stranded::new(setup),
            peers: Peers::new(setup),
            load: Load::new(setup),
            queue: Queue::default(),
            requests: Requests::new(setup),
            proxies: Proxies::default(),
        }
    }

    /// Tasks, services and nodes as they are by now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// How often each thing was observed.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What happened to machines, in order of time.
    pub fn incidents(&self) -> &[Incident] {
        self.incidents.list()
    }

    /// What was asked for, and what failed by itself.
    pub fn chronicle(&self) -> &Chronicle {
        &self.chronicle
    }

    /// Who led, and what befell the network.
    pub fn leadership(&self) -> &Leadership {
        &self.leadership
    }

    /// Updates of services.
    pub fn updates(&self) -> &Updates {
        &self.updates
    }

    /// How soon nodes found out about each other.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// What was left behind on other nodes.
    pub fn stranded(&self) -> &Stranded {
        &self.stranded
    }

    /// What tasks held and how many waited.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// What containers really used, if the run is metered.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// What was free and of no use.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Why tasks waited.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// What became of requests.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// What became of proxies' lists.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Brings every integral up to the end of the run.
    pub fn settle(&mut self, end: SimTime) {
        self.book.settle(end);
        self.load.settle(end);
        self.usage.iter_mut().for_each(|usage| usage.settle(end));
        self.room.settle(end);
        self.queue.settle(end);
    }

    /// A task may hold and wait otherwise than before.
    fn task_changed(&mut self, at: SimTime, task: TaskId, before: (Standing, Option<Place>), names: &Names) {
        let (standing, place) = before;
        self.load.task_changed(at, standing, task, &self.book);
        let now = Load::standing(Some(self.book.task(task)));
        if standing.holder != now.holder {
            let reserves = self.book.reserves(task);
            standing.holder.into_iter().for_each(|node| self.room.held(at, node, reserves, false));
            now.holder.into_iter().for_each(|node| self.room.held(at, node, reserves, true));
        }
        let now = self.queue.place(task, &self.book, names);
        self.queue.moved(at, place, now);
    }
}

impl Observer for Recorder {
    fn observe(&mut self, at: SimTime, what: &Observation, names: &Names) {
        if let Observation::RequestEnded(account) = what {
            self.tally.observe(at, what);
            return self.requests.ended(account); // there are millions, and they change nothing else
        }
        // These two compare what is observed with what was so before.
        self.incidents.observe(at, what, &self.book);
        self.chronicle.observe(at, what, &self.book);
        self.leadership.observe(at, what);
        self.updates.observe(at, what);
        self.stranded.observe(at, what);
        self.peers.observe(at, what);
        self.proxies.observe(at, what, &self.book);
        self.tally.observe(at, what);
        self.load.node_changes(at, what, &self.book);
        self.queue.go_on(at);
        let subject = Load::subject(what);
        let standing = |task: TaskId| Load::standing(self.book.find(task));
        let before = subject.map(|task| (task, (standing(task), self.queue.place(task, &self.book, names))));
        self.book.apply(at, what);
        self.usage.iter_mut().for_each(|usage| usage.observe(at, what, &self.book));
        if let Some((task, before)) = before {
            self.task_changed(at, task, before, names);
        }
        if let Some(node) = NodeRow::subject(what) {
            self.room.node_is(at, node, &self.book.nodes[node.index()]);
        }
        self.queue.room_is(at, self.room.open);
        for (service, replicas) in self.book.take_completed() {
            self.chronicle.completed(at, service, replicas);
        }
    }
}
