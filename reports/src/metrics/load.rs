//! Metrics of what there was to do and how the cluster bore it, all in whole numbers.

use std::collections::BTreeMap;

use swarmbed_scheduler::task::TaskState;
use swarmbed_scheduler::{ServiceId, SimTime};

use super::Metrics;
use super::tally::Tally;
use crate::measure::{Book, Closed, Integral, Load, Pair, Queue, Room, Series, Shares, Usage, part};

impl Metrics {
    /// Tasks that ended with 0, from the creation of the first one in their slot.
    pub(super) fn of_work_done(&mut self, book: &Book) {
        let mut begun: BTreeMap<(ServiceId, u32), SimTime> = BTreeMap::new();
        let (mut turnarounds, mut slowdowns) = (Vec::new(), Vec::new());
        let mut last = None;
        for (_, task) in book.tasks() {
            // A global service's tasks share slot 0, so each begins for itself.
            let begin = match task.slot {
                0 => task.created,
                slot => *begun.entry((task.service, slot)).or_insert(task.created),
            };
            let Some(end) = task.ended.filter(|_| task.state == TaskState::Complete) else { continue };
            let turnaround = end.since(begin).nanos();
            turnarounds.push(turnaround);
            last = last.max(Some(end));
            let ran = task.started.zip(task.exited).map(|(start, exit)| exit.since(start).nanos());
            if let Some(ran) = ran.filter(|ran| *ran > 0) {
                let billionths = u128::from(turnaround) * 1_000_000_000 / u128::from(ran);
                slowdowns.push(u64::try_from(billionths).unwrap_or(u64::MAX));
            }
        }
        let first = book.tasks().next().map(|(_, task)| task.created);
        self.put_some("tasks.makespan", first.zip(last).map(|(first, last)| last.since(first).nanos()));
        self.distribution("tasks.turnaround", turnarounds);
        self.distribution("tasks.slowdown", slowdowns);
    }

    /// Services that came by themselves.
    pub(super) fn of_workloads(&mut self, tally: &Tally, book: &Book) {
        let came = book.services.iter().filter(|s| s.workload.is_some() && s.created.is_some());
        self.count("workloads.arrived", tally.arrived);
        self.count("workloads.left", came.filter(|s| !s.exists).count());
    }

    /// What tasks held of what there was, and how many waited.
    pub(super) fn of_load(&mut self, load: &Load, ended: SimTime) {
        let (held, capacity) = (&load.held, &load.capacity);
        let share = |held: &Series, capacity: &Series| part(held.area_from(0), capacity.area_from(0));
        self.put("cluster.reserved_cpu.mean", share(&held.cpu, &capacity.cpu));
        self.put("cluster.reserved_memory.mean", share(&held.memory, &capacity.memory));
        self.put("tasks.waiting.mean", part(load.waiting.area_from(0), ended.nanos().into()));
        self.count("tasks.waiting.max", load.most_waiting);
    }

    /// What containers really used.
    pub(super) fn of_usage(&mut self, usage: &Usage, load: &Load) {
        let share = |used: &Integral, ready: &Series| part(used.area(), ready.area_from(0));
        self.put("cluster.used_cpu.mean", share(&usage.used.cpu, &load.capacity.cpu));
        self.put("cluster.used_memory.mean", share(&usage.used.memory, &load.capacity.memory));
        self.put("nodes.used_cpu.peak", usage.peak_cpu);
        self.put("nodes.used_memory.peak", usage.peak_memory);
        if let Some(mean) = usage.variation.area().checked_div(usage.varied.area()) {
            self.put("nodes.used_imbalance.mean", mean);
        }
        self.put("nodes.overloaded", usage.overloaded.area());
    }

    /// Why tasks waited: the parts of `tasks.waiting.mean`.
    pub(super) fn of_queue(&mut self, queue: &Queue, ended: SimTime) {
        let (room, fragmented) = (queue.room.area(), queue.fragmented.area());
        for (name, area) in [
            ("decision", queue.decision.area()),
            ("capacity", room - fragmented),
            ("fragmentation", fragmented),
            ("filters", queue.filters.area()),
        ] {
            self.put(&format!("tasks.waiting.{name}"), part(area, ended.nanos().into()));
        }
    }

    /// What was free and of no use, and why.
    pub(super) fn of_room(&mut self, room: &Room, load: &Load) {
        let ready = &load.capacity;
        self.put("cluster.stranded_cpu.mean", part(room.stranded.cpu.area(), ready.cpu.area_from(0)));
        self.put(
            "cluster.stranded_memory.mean",
            part(room.stranded.memory.area(), ready.memory.area_from(0)),
        );
        let mut closed = |resource: &str, of: fn(&Pair) -> &Integral| {
            for (pair, why) in room.closed.iter().zip(Closed::ALL) {
                let share = part(of(pair).area(), of(&room.members).area());
                self.put(&format!("cluster.closed_{resource}.{}", why.name()), share);
            }
        };
        closed("cpu", |pair| &pair.cpu);
        closed("memory", |pair| &pair.memory);
    }

    /// How unlike the nodes' shares are, given in billionths. Without any share there is nothing to compare.
    pub(super) fn of_imbalance(&mut self, shares: Vec<u128>) {
        let all: Shares = shares.iter().copied().collect();
        let of_all = all.variation().zip(shares.iter().max()).zip(all.jain());
        if let Some(((cv, peak), jain)) = of_all {
            self.put("nodes.imbalance.cv", cv);
            self.put("nodes.imbalance.peak", part(peak * all.count, all.sum));
            self.put("nodes.imbalance.jain", jain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imbalance_of_a_few_shares_by_hand() {
        let of = |shares: &[u128]| {
            let mut metrics = Metrics::default();
            metrics.of_imbalance(shares.iter().map(|share| share * 10_000_000).collect());
            let get = |name: &str| metrics.get(name).map(|value| value.to_string()).unwrap_or_default();
            ["cv", "peak", "jain"].map(|name| get(&format!("nodes.imbalance.{name}"))).join(" ")
        };
        assert_eq!(of(&[50, 50, 50, 50]), "0 1 1");
        assert_eq!(of(&[100, 100, 0, 0]), "1 2 0.5");
        assert_eq!(of(&[80, 0, 0, 0]), "1.732050807 4 0.25");
        assert_eq!(of(&[0, 0]), "  ", "there is nothing to compare");
    }
}
