//! What a node has to tell, and how often it has.

use std::cmp::Reverse;

/// Messages that wait to be told, with how often each was: one for each subject.
#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    items: Vec<Item<T>>,
    numbers: u64,
}

#[derive(Clone, Copy, Debug)]
struct Item<T> {
    what: T,
    sent: u32,
    relayed: bool,
    number: u64,
}

impl<T: Copy> Queue<T> {
    pub(super) const fn new() -> Queue<T> {
        Queue { items: Vec::new(), numbers: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }

    /// Puts in a message, never told so far, in the place of one on the same subject.
    pub(super) fn put(&mut self, what: T, relayed: bool, same: impl Fn(&T) -> bool) {
        self.numbers += 1;
        let item = Item { what, sent: 0, relayed, number: self.numbers };
        match self.items.iter_mut().find(|other| same(&other.what)) {
            Some(other) => *other = item,
            None => self.items.push(item),
        }
    }

    /// Drops what need not be told any more.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.items.retain(|item| keep(&item.what));
    }

    /// Takes what goes into one packet: what was told least, then the newest (`ML/queue.go:49-65`). What has been told as often as
    /// the limit goes out of the queue.
    pub(super) fn take(&mut self, room: usize, limit: u32, packet: &mut Vec<T>) {
        packet.clear();
        if self.items.len() > room {
            self.items.sort_unstable_by_key(|item| (item.relayed, item.sent, Reverse(item.number)));
        }
        for item in self.items.iter_mut().take(room) {
            item.sent += 1;
            packet.push(item.what);
        }
        self.items.retain(|item| item.sent < limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_takes_what_was_told_least_then_the_newest() {
        let mut queue = Queue::new();
        let mut packet = Vec::new();
        for what in 1..=3 {
            queue.put(what, false, |other| *other == what);
        }
        queue.take(2, 2, &mut packet);
        assert_eq!(packet, [3, 2]);
        queue.take(2, 2, &mut packet);
        assert_eq!(packet, [1, 3], "3 has been told twice and goes");
        assert_eq!(queue.len(), 2);
        queue.put(2, true, |other| *other == 2);
        queue.take(1, 2, &mut packet);
        assert_eq!(packet, [1], "its own before what it relays");
    }
}
