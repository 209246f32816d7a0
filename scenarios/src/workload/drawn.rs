//! Where the services of a `[[workload]]` come from: drawn one by one, as the run gets there.
//!
//! What is drawn hangs on the seed, the workload's name and the arrival's number alone, so that every strategy meets the
//! same arrivals.

use swarmbed_scheduler::constraint::Constraint;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::engine::stream::Stream;
use swarmbed_sim::setup::{Arrival, Service, Source};

use super::Job;

/// A workload by its distributions.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// What all of its services have in common; their names begin with this one's.
    pub(crate) pattern: Service,
    pub(crate) process: Process,
    pub(crate) from: SimTime,
    pub(crate) until: SimTime,
    pub(crate) limit: u64,
    pub(crate) tasks: Distribution,
    /// `None` for services.
    pub(crate) job: Option<Job>,
    /// How long a service stays; `None` for ever, or if they are jobs.
    pub(crate) stays: Option<Distribution>,
    pub(crate) cpu: Distribution,
    pub(crate) memory: Distribution,
    /// `None` takes no draw.
    pub(crate) priority: Option<Distribution>,
    /// Constraints with the sum of the weights up to and with theirs.
    pub(crate) constraints: Vec<(u64, Vec<Constraint>)>,
}

impl Source for Drawn {
    fn arrivals(&self, seed: u64) -> Box<dyn Iterator<Item = Arrival> + Send> {
        let drawn = self.clone();
        let times = self.process.times(self.from, Stream::new(seed, "workload.times", &self.pattern.name));
        let until = self.until;
        let numbered = times.take_while(move |at| *at <= until).zip(1..=self.limit);
        Box::new(numbered.map(move |(at, number)| Arrival { at, service: drawn.service(seed, number) }))
    }
}

impl Drawn {
    fn service(&self, seed: u64, number: u64) -> Service {
        let name = format!("{}-{number}", self.pattern.name);
        let mut draws = Stream::new(seed, "workload.services", &name);
        let tasks = u32::try_from(self.tasks.sample(&mut draws)).unwrap_or(u32::MAX).max(1);
        let (cpu, memory) = (self.cpu.sample(&mut draws), self.memory.sample(&mut draws));
        let constraints = self.constraints(&mut draws);
        let stays = self.stays.as_ref().map(|law| Span(law.sample(&mut draws)));
        let priority = self.priority.as_ref().map_or(0, |law| law.sample(&mut draws));
        let mut service = Service { name, ..self.pattern.clone() };
        service.task.reservations = Resources::new(amount(cpu), amount(memory));
        service.task.constraints = constraints;
        service.task.priority = u32::try_from(priority).unwrap_or(u32::MAX);
        (service.mode, service.stay) = super::mode(self.job, tasks, stays);
        service
    }

    fn constraints(&self, draws: &mut Stream) -> Vec<Constraint> {
        let Some((all, _)) = self.constraints.last() else { return Vec::new() };
        let drawn = draws.below(*all);
        let list = self.constraints.iter().find(|(sum, _)| drawn < *sum);
        list.map(|(_, constraints)| constraints.clone()).unwrap_or_default()
    }
}

fn amount(drawn: u64) -> i64 {
    i64::try_from(drawn).unwrap_or(i64::MAX)
}
