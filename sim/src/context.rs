//! What a handler is lent besides the state that it may change.

use swarmbed_scheduler::{SimTime, Span};

use crate::engine::agenda::Agenda;
use crate::engine::stream::Stream;
use crate::event::Event;
use crate::manager::ledger::Write;
use crate::names::{Names, Text};
use crate::observation::Observation;
use crate::setup::Setup;
use crate::work::Work;

/// The way out of a handler: future events, wishes to write to the store, observations and random draws.
pub struct Context<'a> {
    /// Now.
    pub now: SimTime,
    /// The run as meant; never changes.
    pub setup: &'a Setup,
    /// Names and texts.
    pub names: &'a mut Names,
    /// Exact counters.
    pub work: &'a mut Work,
    pub(crate) agenda: &'a mut Agenda<Event>,
    pub(crate) background: &'a mut usize,
    pub(crate) writes: &'a mut Vec<Write>,
    pub(crate) observations: &'a mut Vec<Observation>,
}

impl Context<'_> {
    /// Puts an event into the agenda, `delay` from now.
    #[inline(always)] // of which kind the event is, is known where this is called
    pub fn after(&mut self, delay: Span, event: Event) {
        self.at(self.now + delay, event);
    }

    /// Puts an event into the agenda.
    #[inline(always)] // as above
    pub fn at(&mut self, time: SimTime, event: Event) {
        *self.background += usize::from(event.is_background(self.setup.beats));
        self.agenda.schedule(time, event);
    }

    /// The same as [`after`](Context::after), and cheaper, where most delays are equal. For no event that is in the background.
    #[inline]
    pub fn after_as_ever(&mut self, delay: Span, event: Event) {
        self.agenda.schedule_in_line(self.now + delay, event);
    }

    /// Asks to write to the store. The write is prepared when its turn comes, from the store as it is then.
    pub fn propose(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Reports something that has happened.
    pub fn observe(&mut self, observation: Observation) {
        self.observations.push(observation);
    }

    /// A stream of random numbers for one purpose and one stable name.
    pub fn stream(&self, purpose: &str, name: &str) -> Stream {
        Stream::new(self.setup.seed, purpose, name)
    }

    /// The number of a text.
    pub fn text(&mut self, text: &str) -> Text {
        self.names.intern(text)
    }
}
