//! Ctrl-C: what has been begun is finished and told; a second one ends the program at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::terminal;

/// A flag that Ctrl-C sets, saying this.
///
/// # Errors
/// The system lets nobody listen. Ctrl-C then ends the program at once.
pub fn heard(said: &'static str) -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        terminal::say(said);
    })?;
    Ok(stop)
}
