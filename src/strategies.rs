//! The strategies that this program knows: ours, and those of whoever calls [`with_strategies`](crate::with_strategies).

use std::sync::{Arc, OnceLock};

use swarmbed_scheduler::strategy::{Catalogue, Entry, Strategy};

use crate::exit::Mistakes;

/// Set once, by `main`, before anything else happens.
static KNOWN: OnceLock<Catalogue> = OnceLock::new();

/// Every strategy that can be named.
pub fn catalogue() -> &'static Catalogue {
    KNOWN.get_or_init(Catalogue::standard)
}

/// Adds strategies to ours. Of two with one name, the later one is meant.
pub fn add(entries: impl IntoIterator<Item = Entry>) {
    let mut all = Catalogue::standard();
    entries.into_iter().for_each(|entry| all.add(entry));
    assert!(KNOWN.set(all).is_ok(), "strategies have to be added before any is looked for");
}

/// The strategy that an option names.
pub fn build(text: &str) -> Result<Arc<dyn Strategy>, Mistakes> {
    let built = catalogue().build(text).map(Arc::from);
    built.map_err(|e| Mistakes::new(format!("--strategy: {e}"), "`swarmbed list strategies` shows them all"))
}
