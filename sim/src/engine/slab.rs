//! A place to keep what is too large for an event: the event carries the key.

/// Values under dense keys that are used again, the last freed first; so the same calls give the same keys in every run.
///
/// ```
/// use swarmbed_sim::engine::slab::Slab;
///
/// let mut in_flight = Slab::new();
/// let key = in_flight.insert(vec!["assign web.1", "assign web.2"]);
/// assert_eq!(in_flight.take(key).len(), 2);
/// assert!(in_flight.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// A slab with nothing in it.
    pub const fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }

    /// Keeps `value` and says under which key.
    ///
    /// # Panics
    /// If 2³² values are kept already.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        if let Some(key) = self.free.pop() {
            self.slots[key as usize] = Some(value);
            return key;
        }
        let key = u32::try_from(self.slots.len())
            .expect("four thousand million values are in flight: something never lands");
        self.slots.push(Some(value));
        key
    }

    /// Gives the value back; its key may be used again from now on.
    ///
    /// # Panics
    /// If nothing is kept under `key`: whoever holds a key takes its value once, anything else is our bug.
    pub fn take(&mut self, key: u32) -> T {
        let value = self.slots.get_mut(key as usize).and_then(Option::take);
        let value = value.unwrap_or_else(|| {
            panic!("nothing is kept under the key {key}: it was taken before, or never given out")
        });
        self.free.push(key);
        value
    }

    /// The same for a value that nobody wants back.
    ///
    /// # Panics
    /// If nothing is kept under `key`.
    #[inline]
    pub fn free(&mut self, key: u32) {
        let slot = self.slots.get_mut(key as usize).filter(|slot| slot.is_some());
        *slot.unwrap_or_else(|| {
            panic!("nothing is kept under the key {key}: it was freed before, or never given out")
        }) = None;
        self.free.push(key);
    }

    /// The value kept under `key`, if any.
    #[inline]
    pub fn get(&self, key: u32) -> Option<&T> {
        self.slots.get(key as usize)?.as_ref()
    }

    /// The value kept under `key`, if any, to be changed.
    #[inline]
    pub fn get_mut(&mut self, key: u32) -> Option<&mut T> {
        self.slots.get_mut(key as usize)?.as_mut()
    }

    /// All values, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    /// How many values are kept.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// For how many values there is room: as many as ever were kept at once, at least.
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab::new()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// `Some(n)` takes the n-th of the keys that are held, `None` inserts.
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec(prop::option::of(any::<prop::sample::Index>()), 0..200)) {
            let (mut slab, mut map) = (Slab::new(), BTreeMap::new());
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Some(index) if !map.is_empty() => {
                        let key = *index.get(&map.keys().copied().collect::<Vec<u32>>());
                        prop_assert_eq!(Some(slab.take(key)), map.remove(&key));
                        prop_assert_eq!(slab.get(key), None);
                    }
                    _ => {
                        let key = slab.insert(number);
                        prop_assert_eq!(map.insert(key, number), None, "the key {} was in use", key);
                        prop_assert_eq!(slab.get_mut(key), Some(&mut number.clone()));
                    }
                }
                prop_assert_eq!((slab.len(), slab.is_empty()), (map.len(), map.is_empty()));
            }
        }
    }

    #[test]
    fn the_key_freed_last_is_used_first() {
        let mut slab = Slab::new();
        let keys = [(); 3].map(|()| slab.insert(()));
        slab.take(keys[2]);
        slab.take(keys[0]);
        assert_eq!([(); 3].map(|()| slab.insert(())), [keys[0], keys[2], 3]);
    }

    #[test]
    #[should_panic(expected = "nothing is kept under the key 0")]
    fn a_value_is_taken_once() {
        let mut slab = Slab::new();
        let key = slab.insert(());
        slab.take(key);
        slab.take(key);
    }
}
