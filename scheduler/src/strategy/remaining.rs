//! Which places of a list are still in use, when places only ever drop out.

/// Places `0..n` of which some have dropped out. Finding the next one that has not costs next to nothing, however many
/// dropped out before it (a union-find with path halving).
#[derive(Debug)]
pub(super) struct Remaining {
    /// For a place that has dropped out, a later place; for one that has not, itself. `n` stands for the end.
    next: Vec<u32>,
}

impl Remaining {
    pub(super) fn all(n: usize) -> Remaining {
        Remaining { next: (0..=n as u32).collect() }
    }

    /// The first remaining place at or after `at`, going on from the start when the end is reached, which the second
    /// value tells. `None` if nothing remains.
    pub(super) fn from(&mut self, at: usize) -> Option<(usize, bool)> {
        let end = self.next.len() - 1;
        let found = self.find(at);
        if found < end {
            return Some((found, false));
        }
        let found = self.find(0);
        (found < end).then_some((found, true))
    }

    pub(super) fn drop_out(&mut self, at: usize) {
        self.next[at] = at as u32 + 1;
    }

    fn find(&mut self, mut at: usize) -> usize {
        while self.next[at] as usize != at {
            let beyond = self.next[self.next[at] as usize];
            self.next[at] = beyond;
            at = beyond as usize;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dropped_out_is_passed_over() {
        let mut places = Remaining::all(4);
        assert_eq!(places.from(1), Some((1, false)));
        places.drop_out(1);
        places.drop_out(2);
        assert_eq!(places.from(1), Some((3, false)));
        places.drop_out(3);
        assert_eq!(places.from(2), Some((0, true)));
        assert_eq!(places.from(4), Some((0, true)));
        places.drop_out(0);
        assert_eq!(places.from(0), None);
        assert_eq!(Remaining::all(0).from(0), None);
    }
}
