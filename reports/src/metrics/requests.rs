//! Metrics of requests.

use swarmbed_scheduler::{ServiceId, SimTime};
use swarmbed_sim::names::Names;
use swarmbed_sim::work::Work;
use swarmbed_sim::worker::mesh::{Cause, Ending};

use super::Metrics;
use crate::measure::{Answers, Peers, Proxies, Requests, part};

impl Metrics {
    pub(super) fn of_requests(&mut self, requests: &Requests, work: &Work, ended: SimTime, names: &Names) {
        if !requests.any {
            return;
        }
        let clients = &requests.clients;
        self.count("requests.sent", work.requests_sent);
        self.count("requests.unsent", work.requests_unsent);
        self.count("requests.answered", clients.answered());
        self.count("requests.lost", clients.lost());
        self.count("requests.open", work.requests_sent - clients.answered() - clients.lost());
        for way in [Ending::Refused, Ending::Reset, Ending::TimedOut, Ending::Failed] {
            let (number, name) = way(Cause::Slow).way();
            self.count(&format!("requests.{name}"), clients.lost_in(|ending| ending.way().0 == number));
        }
        for cause in Cause::ALL {
            let lost = clients.lost_in(|ending| ending.cause() == Some(cause));
            self.count(&format!("requests.lost.{}", cause.name()), lost);
        }
        self.of_latency(clients);
        self.put("tables.stale.mean", part(work.tables.total(ended), ended.nanos().into()));
        self.count("tables.stale.end", work.tables.stale());
        self.put("tables.withdrawal.max", work.tables.longest.nanos().into());
        for (id, answers) in (0..).map(ServiceId).zip(&requests.services) {
            let ended = answers.answered() + answers.lost();
            if ended > 0 {
                self.of_service_requests(names.service(id), answers, ended);
                if let Some((most, count, sum)) = requests.shares(id) {
                    let most_over_mean = part(u128::from(most) * u128::from(count), sum.into());
                    self.put(&format!("service.{}.imbalance", names.service(id)), most_over_mean);
                }
            }
        }
    }

    pub(super) fn of_peers(&mut self, peers: &Peers) {
        for (name, p) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            self.put_some(&format!("gossip.detect.{name}"), peers.detect.quantile(p).map(|span| span as u64));
        }
        self.count("gossip.mistaken", peers.mistaken);
    }

    pub(super) fn of_proxies(&mut self, proxies: &Proxies) {
        if proxies.any() {
            self.count("proxies.changes", proxies.changes);
            self.count("proxies.unanswered", proxies.unanswered());
            self.count("proxies.left_out", proxies.left_out);
        }
    }

    fn of_latency(&mut self, answers: &Answers) {
        let answered = u128::from(answers.answered());
        let Some(mean) = answers.total.checked_div(answered) else { return };
        self.put("requests.latency.mean", mean);
        for (name, p) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            self.put_some(&format!("requests.latency.{name}"), at(answers, p));
        }
        self.put("requests.latency.max", answers.longest.into());
        self.put_some("requests.wait.mean", answers.waits.checked_div(answered).map(|wait| wait as u64));
        self.put("requests.hops.mean", part(answers.hops.into(), answered));
    }

    fn of_service_requests(&mut self, name: &str, answers: &Answers, ended: u64) {
        let key = |what: &str| format!("service.{name}.{what}");
        self.count(&key("requests"), ended);
        self.count(&key("requests_lost"), answers.lost());
        self.put_some(&key("latency.p50"), at(answers, 0.5));
        self.put_some(&key("latency.p99"), at(answers, 0.99));
    }
}

/// The latency that this part of the answered requests does not exceed, in whole nanoseconds.
fn at(answers: &Answers, p: f64) -> Option<u64> {
    answers.latency.quantile(p).map(|value| value as u64)
}
