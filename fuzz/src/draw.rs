//! A scenario at random: small, full and awkward, with troubles that all end.

use swarmbed_scheduler::stream::Stream;

use crate::case::{Block, Case, Table, Value};

pub(crate) const CLASSES: [&str; 4] = ["a", "b", "c", "m"];
/// A class whose machines join during the run.
const LATE: &str = "late";
const SERVICES: [&str; 4] = ["w", "x", "y", "z"];
const WORKLOADS: [&str; 2] = ["j", "k"];
/// What a task really uses, where that is said.
const USES: [&str; 3] = [
    "{ cpu = \"0.7\", memory = { uniform = [\"64MiB\", \"1GiB\"] } }",
    "{ of_reserved = { uniform = [\"20%\", \"90%\"] } }",
    "{ cpu = { exponential = \"0.5\" }, diurnal = { swing = \"80%\", period = \"2m\" } }",
];
/// Until when something may come by itself, in seconds: what comes last has time enough.
const LAST_ARRIVAL: u64 = 240;
/// When the timeline has to be over, in seconds: what is removed for good is removed then.
const LAST: u64 = 600;

/// Any scenario. The reader may still refuse it: no machine can run one of its services.
pub fn case(draws: &mut Stream) -> Case {
    let mut draw = Draw { draws };
    let mut blocks = vec![draw.managers()];
    let classes = 1 + draw.below(3) as usize;
    for name in &CLASSES[..classes] {
        let class = draw.machines(Block::new(Table::Nodes).with("name", text(name)));
        blocks.push(class);
    }
    let members = blocks.clone();
    let mut steps = Vec::new();
    if draw.chance(15) {
        let late = Block::new(Table::Nodes).with("name", text(LATE)).with("joins", text("later"));
        blocks.push(draw.machines(late));
        steps.push(draw.step("join", 20, 300).with("target", Value::Class(LATE)));
    }
    let mut services = Vec::new();
    for name in &SERVICES[..1 + draw.below(SERVICES.len() as u64) as usize] {
        let mut service = draw.service(name, &members);
        if draw.chance(15) {
            service = service.with("created", text("later"));
            steps.push(draw.step("create", 5, 29).with("service", text(name)));
        }
        services.push(service);
    }
    for _ in 0..draw.below(9) {
        steps.push(draw.something(&members, &services));
    }
    if draw.chance(10) {
        steps.push(draw.step("remove", LAST, LAST).with("service", text(SERVICES[0])));
    }
    if draw.chance(10) {
        let target = draw.machine(&members[1..]);
        steps.push(draw.step("remove", LAST, LAST).with("target", target).with("force", Value::Toml("true")));
    }
    blocks.extend(services);
    for name in &WORKLOADS[..draw.below(8).saturating_sub(5) as usize] {
        blocks.push(draw.workload(name, &members));
    }
    blocks.extend(steps);
    let seed = 2 + draw.below(1_000_000);
    let says_use = |block: &Block| matches!(block.table, Table::Service | Table::Workload);
    let used = |block: Block| if says_use(&block) { draw.perhaps(block, 15, "use", &USES) } else { block };
    Case { seed, blocks: blocks.into_iter().map(used).collect() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Choices at random.
struct Draw<'a> {
    draws: &'a mut Stream,
}

impl Draw<'_> {
    fn below(&mut self, n: u64) -> u64 {
        self.draws.below(n)
    }

    /// Whether something happens, of so many in a hundred times.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// Sets a key to one of these, in so many of a hundred cases.
    fn perhaps(&mut self, block: Block, percent: u64, key: &'static str, values: &[&'static str]) -> Block {
        let value = self.pick(values);
        if self.chance(percent) { block.with(key, Value::Toml(value)) } else { block }
    }

    fn managers(&mut self) -> Block {
        let block = Block::new(Table::Nodes).with("name", text("m")).with("role", text("manager"));
        let block = if self.chance(30) { block.with("count", Value::Count(3)) } else { block };
        self.perhaps(block, 60, "availability", &["\"drain\""])
    }

    fn machines(&mut self, mut block: Block) -> Block {
        let count = 1 + self.below(5);
        if count > 1 {
            block = block.with("count", Value::Count(count));
        }
        block = self.perhaps(block, 70, "cpu", &["\"1\"", "\"2\"", "\"4\""]);
        block = self.perhaps(block, 40, "memory", &["\"1GiB\"", "\"2GiB\""]);
        if self.chance(60) {
            let zones = [&["p"][..], &["p", "q"], &["q", "r"], &["p", "q", "r"]];
            let zones = self.pick(&zones);
            let used = zones.len().min(count as usize);
            block = block.with("zones", Value::List(zones[..used].to_vec()));
            block = self.perhaps(block, 30, "racks_per_zone", &["2"]);
        }
        block = self.perhaps(block, 40, "labels", &["{ disk = \"ssd\" }", "{ disk = \"hdd\" }"]);
        block = self.perhaps(block, 30, "generic", &["{ gpu = 2 }", "{ gpu = [\"g1\", \"g2\"] }"]);
        block = self.perhaps(block, 10, "platform", &["\"linux/aarch64\""]);
        self.perhaps(block, 10, "availability", &["\"pause\"", "\"drain\""])
    }

    /// A service that asks for what the machines have, though perhaps none has all of it.
    fn service(&mut self, name: &str, classes: &[Block]) -> Block {
        let mut block = Block::new(Table::Service).with("name", text(name));
        let is_job = self.chance(15);
        block = match (self.chance(15), is_job) {
            (true, false) => block.with("mode", text("global")),
            (true, true) => block.with("mode", text("global-job")),
            (false, false) => block.with("replicas", Value::Count(self.below(11))),
            (false, true) => self.job(block),
        };
        block = self.perhaps(block, 15, "priority", &["1", "10"]);
        let has = |key| classes.iter().any(|class| class.get(key).is_some());
        let mut constraints = vec!["node.role == worker"];
        let mut preferences = Vec::new();
        let mut reservations = vec![
            "{ cpu = \"0.5\" }",
            "{ cpu = \"1\" }",
            "{ cpu = \"0.5\", memory = \"512MiB\" }",
            "{ memory = \"512MiB\" }",
        ];
        if has("labels") {
            constraints.push("node.labels.disk == ssd");
            preferences.push("[{ spread = \"node.labels.disk\" }]");
        }
        if has("zones") {
            constraints.extend(["node.labels.zone != p", "node.labels.zone == p"]);
            preferences.extend(["[{ spread = \"node.labels.zone\" }]"; 2]);
        }
        if has("racks_per_zone") {
            preferences.push("[{ spread = \"node.labels.zone\" }, { spread = \"node.labels.rack\" }]");
        }
        if has("generic") {
            reservations.push("{ generic = { gpu = 1 } }");
            reservations.push("{ cpu = \"0.25\", generic = { gpu = 2 } }");
        }
        if self.chance(25) {
            let from = self.below(constraints.len() as u64) as usize;
            let length = 1 + self.below(2) as usize;
            block = block
                .with("constraints", Value::List(constraints.into_iter().skip(from).take(length).collect()));
        }
        if !preferences.is_empty() {
            block = self.perhaps(block, 45, "preferences", &preferences);
        }
        block = self.perhaps(block, 60, "reserve", &reservations);
        let ports = [
            "[{ target = 80, published = 8080, mode = \"host\" }]",
            "[{ target = 80, published = 8081, mode = \"host\" }]",
            "[{ target = 80, published = 8080, mode = \"host\" }, { target = 81, published = 8081, mode = \"host\" }]",
        ];
        block = self.perhaps(block, 30, "ports", &ports);
        if self.chance(20) {
            block = block.with("max_replicas_per_node", Value::Count(1 + self.below(3)));
        }
        let platforms = ["[\"linux/x86_64\"]", "[\"linux/aarch64\"]"];
        block = self.perhaps(block, 10, "platforms", &platforms[..1 + usize::from(has("platform"))]);
        self.behaviour(block, is_job)
    }

    /// So many tasks that end well, so many at a time.
    fn job(&mut self, block: Block) -> Block {
        let block =
            block.with("mode", text("replicated-job")).with("replicas", Value::Count(1 + self.below(5)));
        if self.chance(70) { block.with("completions", Value::Count(self.below(15))) } else { block }
    }

    /// Jobs or services that come by themselves in the first minutes.
    fn workload(&mut self, name: &str, classes: &[Block]) -> Block {
        let arrivals = [
            "{ poisson = \"3/m\" }",
            "{ every = \"25s\" }",
            "{ bursts = { size = { uniform = [1, 4] }, every = \"1m\" } }",
            "{ batch = 6 }",
        ];
        let durations = ["\"30s\"", "{ exponential = \"40s\" }", "\"2m\""];
        let arrivals = self.pick(&arrivals);
        let block = Block::new(Table::Workload)
            .with("name", text(name))
            .with("arrivals", Value::Toml(arrivals))
            .with("until", Value::Seconds(1 + self.below(LAST_ARRIVAL)))
            .with("duration", Value::Toml(self.pick(&durations)));
        let is_job = self.chance(70);
        let mut block = if is_job { block } else { block.with("kind", text("services")) };
        if is_job {
            block = self.perhaps(block, 30, "concurrent", &["1", "2"]);
            block = self.perhaps(block, 20, "removed", &["\"never\""]);
            block = self.perhaps(block, 10, "exit_code", &["1"]);
        }
        block = self.perhaps(block, 50, "tasks", &["3", "{ uniform = [1, 6] }"]);
        block = self.perhaps(block, 60, "cpu", &["\"0.5\"", "{ choice = [\"0.25\", \"1\", \"2\"] }"]);
        block = self.perhaps(block, 30, "memory", &["\"512MiB\"", "{ uniform = [\"64MiB\", \"1GiB\"] }"]);
        let priorities = ["10", "{ weighted = [{ weight = 3, of = 0 }, { weight = 1, of = 10 }] }"];
        block = self.perhaps(block, 30, "priority", &priorities);
        if classes.iter().any(|class| class.get("labels").is_some()) {
            let constraints = "[{ weight = 1, of = [] }, { weight = 1, of = [\"node.labels.disk == ssd\"] }]";
            block = self.perhaps(block, 30, "constraints", &[constraints]);
        }
        self.perhaps(block, 10, "fails_to_start", &["\"20%\""])
    }

    fn behaviour(&mut self, mut block: Block, is_job: bool) -> Block {
        let policies = [
            "{ condition = \"none\" }",
            "{ condition = \"on-failure\" }",
            "{ max_attempts = 2 }",
            "{ delay = \"1s\", max_attempts = 3, window = \"2m\" }",
            "{ delay = \"30s\" }",
        ];
        block = self.perhaps(block, 30, "restart_policy", &policies);
        let runs = ["\"45s\"", "{ exponential = \"1m\" }", "\"20s\""];
        block = self.perhaps(block, if is_job { 95 } else { 20 }, "run", &runs);
        block = self.perhaps(block, 15, "exit_code", &["1"]);
        block = self.perhaps(block, 10, "fails_to_start", &["\"20%\""]);
        block = self.perhaps(block, 5, "fails_to_prepare", &["\"20%\""]);
        block =
            self.perhaps(block, 15, "start", &["{ lognormal = { median = \"2s\", sigma = 0.8 } }", "\"5s\""]);
        self.perhaps(block, 10, "stop", &["\"8s\"", "\"20s\""])
    }

    /// A step at some second of the run, both ends included.
    fn step(&mut self, deed: &str, from: u64, to: u64) -> Block {
        let time = from + self.below(to - from + 1);
        Block::new(Table::At).with("time", Value::Seconds(time)).with("do", text(deed))
    }

    /// Something that an operator does, or that befalls a machine, and then ends.
    fn something(&mut self, members: &[Block], services: &[Block]) -> Block {
        let deeds = [
            "scale", "scale", "drain", "pause", "activate", "crash", "crash", "silence", "freeze", "restart",
            "exit",
        ];
        let deed = self.pick(&deeds);
        let step = self.step(deed, 30, LAST - 1);
        let service = &services[self.below(services.len() as u64) as usize];
        let name = text(service.name().unwrap_or_default());
        match deed {
            "scale" if service.get("replicas").is_some() && service.get("mode").is_none() => {
                step.with("service", name).with("replicas", Value::Count(self.below(11)))
            }
            "scale" | "exit" => {
                let mut exit = step.with("service", name);
                exit.settings[1].1 = text("exit");
                exit
            }
            "crash" | "silence" | "freeze" => {
                let target = self.machine(members);
                step.with("target", target).with("for", Value::Seconds(5 + self.below(175)))
            }
            _ => {
                let target = self.machine(members);
                step.with("target", target)
            }
        }
    }

    /// One machine of these classes.
    fn machine(&mut self, classes: &[Block]) -> Value {
        let class = &classes[self.below(classes.len() as u64) as usize];
        let count = if let Some(Value::Count(count)) = class.get("count") { *count } else { 1 };
        let name = CLASSES.into_iter().find(|name| class.name() == Some(name)).unwrap_or(CLASSES[0]);
        Value::Machine(name, 1 + self.below(count))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use swarmbed_scheduler::strategy::build;

    use super::*;

    #[test]
    fn most_scenarios_are_taken_and_the_others_have_a_service_without_a_place() {
        let spread = || Arc::from(build("spread").expect("it is in the catalogue"));
        let mut draws = Stream::new(1, "test", "draw");
        let mut refused = 0;
        for _ in 0..500 {
            let case = case(&mut draws);
            if let Err(troubles) = crate::setup(&case, &spread) {
                let message = troubles[0].message();
                let expected = ["no machine can ever run", "no node has `"];
                let is_expected = expected.iter().any(|start| message.starts_with(start));
                assert!(is_expected, "{message}\n{}", case.text());
                refused += 1;
            }
        }
        assert!(refused < 250, "{refused} of 500 are refused");
    }
}
