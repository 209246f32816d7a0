use swarmbed::scheduler::plan::Group;
use swarmbed::scheduler::strategy::{Candidate, Entry, Rank};

#[derive(Default)]
struct Roomiest;

impl Rank for Roomiest {
    type Key = std::cmp::Reverse<i64>; // the smallest key wins
    fn key(&self, _: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        std::cmp::Reverse(node.books.available.memory)
    }
}

fn main() -> std::process::ExitCode {
    swarmbed::with_strategies([Entry::rank::<Roomiest>("roomiest", "most free memory first")])
}
