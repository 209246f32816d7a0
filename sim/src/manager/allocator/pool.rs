//! The addresses of one network (`libnetwork/bitmap/sequence.go`).

/// Addresses are given out one after the other, and from the beginning again at the end.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    /// Whether each is given out: a bit each.
    taken: Vec<u64>,
    size: u32,
    free: u32,
    /// The one after the last that was given out.
    next: u32,
}

impl Pool {
    /// Of a subnet with that prefix, less its network's own address, its broadcast address and its gateway
    /// (`defaultipam/allocator.go:235-254`).
    pub(super) fn of(prefix: u8) -> Pool {
        let size = (1_u32 << (32 - prefix.clamp(8, 30))) - 3;
        Pool { taken: vec![0; size.div_ceil(64) as usize], size, free: size, next: 0 }
    }

    /// An address that is free.
    pub(super) fn give(&mut self) -> Option<u32> {
        if self.free == 0 {
            return None;
        }
        let mut at = self.next % self.size;
        while self.is_taken(at) {
            let word = self.taken[(at / 64) as usize] >> (at % 64);
            // Over all that are taken up to the end of the word.
            at = (at + word.trailing_ones().max(1)) % self.size;
        }
        self.take(at);
        self.next = at + 1;
        Some(at)
    }

    /// Takes an address that is known to be given out.
    pub(super) fn take(&mut self, address: u32) {
        assert!(!self.is_taken(address), "address {address} was given out twice");
        self.taken[(address / 64) as usize] |= 1 << (address % 64);
        self.free -= 1;
    }

    /// Takes an address back.
    pub(super) fn free(&mut self, address: u32) {
        assert!(self.is_taken(address), "address {address} was given back twice");
        self.taken[(address / 64) as usize] &= !(1 << (address % 64));
        self.free += 1;
    }

    fn is_taken(&self, address: u32) -> bool {
        self.taken[(address / 64) as usize] >> (address % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_24_holds_253_and_gives_a_freed_one_only_after_the_wrap() {
        let mut pool = Pool::of(24);
        assert!((0..253).all(|n| pool.give() == Some(n)));
        assert_eq!(pool.give(), None);
        pool.free(7);
        pool.free(3);
        assert_eq!((pool.give(), pool.give(), pool.give()), (Some(3), Some(7), None));
        let mut fresh = Pool::of(24);
        assert_eq!(fresh.give(), Some(0));
        fresh.free(0);
        assert_eq!(fresh.give(), Some(1), "the next one, though the first is free again");
    }
}
