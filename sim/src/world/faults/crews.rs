//! Who repairs.

use std::collections::VecDeque;

/// Crews that repair one part at a time each, first come, first served.
#[derive(Clone, Debug)]
pub struct Crews {
    /// How many there are; nothing if there is always one more.
    all: Option<u32>,
    busy: u32,
    waiting: VecDeque<u32>,
}

impl Crews {
    /// As many as it takes: a repair begins with the failure.
    pub fn unlimited() -> Crews {
        Crews { all: None, busy: 0, waiting: VecDeque::new() }
    }

    /// So many.
    ///
    /// # Panics
    /// If there are none: nothing would ever be repaired.
    pub fn limited(crews: u32) -> Crews {
        assert!(crews > 0, "nothing is ever repaired without a crew");
        Crews { all: Some(crews), busy: 0, waiting: VecDeque::new() }
    }

    /// Room for all parts to wait, so that there is no need for more later.
    pub(super) fn prepare(&mut self, parts: usize) {
        if self.all.is_some() {
            self.waiting.reserve(parts);
        }
    }

    pub(super) fn reset(&mut self) {
        self.busy = 0;
        self.waiting.clear();
    }

    /// Whether the repair of a part can begin. If not, it waits.
    pub(super) fn take(&mut self, part: u32) -> bool {
        let free = self.all.is_none_or(|all| self.busy < all);
        if free {
            self.busy += 1;
        } else {
            self.waiting.push_back(part);
        }
        free
    }

    /// A crew is done: the part that it turns to, if any waits.
    pub(super) fn next(&mut self) -> Option<u32> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.busy -= 1;
        }
        next
    }

    /// A part waits no longer.
    pub(super) fn forget(&mut self, part: u32) {
        self.waiting.retain(|waiting| *waiting != part);
    }
}
