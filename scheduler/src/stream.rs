//! Random numbers that depend on what they are for, not on when they are drawn.
//!
//! There is one stream per (seed, purpose, stable name): the purpose is a word of the model (`"fault.crash"`), the name
//! is one that every strategy would give the same thing (`"worker-17"`, `"web/3/1"`), never an id in order of creation.
//! So two strategies meet the same arrivals, durations and failures, and a new draw in one place shifts none elsewhere.
//!
//! * [`Stream`] is drawn in sequence.
//! * [`IndexedStream`] is asked for its draw number `i`, so that the draws of a million heartbeats that nobody waits for
//!   need not be made.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A sequence of random numbers: ChaCha8 in block order from block 0, words taken two by two, the low one first.
///
/// Its 32-byte key is `seed` as 8 bytes, then `xxh3_64(purpose)` as 8, then `xxh3_128(name)` as 16, all little-endian,
/// and the nonce is zero. This is part of our promise that a run's bytes never change: a test holds the values.
///
/// About 0.3 kB each, a tenth of a microsecond up to the first draw and 3 ns for each further one: keep the stream of an
/// entity that draws often, make that of a task's attempt when it is needed, use [`IndexedStream`] for single draws by the
/// thousand.
///
/// ```
/// use swarmbed_scheduler::stream::Stream;
///
/// let mut crashes = Stream::new(42, "fault.crash", "worker-17");
/// let mut repairs = Stream::new(42, "fault.repair", "worker-17");
/// let mut again = Stream::new(42, "fault.crash", "worker-17");
/// let first = crashes.next_u64();
/// assert_eq!(first, again.next_u64());
/// assert_ne!(first, repairs.next_u64());
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream of this seed, purpose and stable name, at its first number.
    pub fn new(seed: u64, purpose: &str, name: &str) -> Stream {
        Stream { generator: ChaCha8Rng::from_seed(key(seed, purpose, name)) }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number in `0..n`, each exactly as likely as the others (Lemire's method: integers only, seldom a second draw).
    ///
    /// # Panics
    /// If `n` is zero, since there is no such number.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(
            n > 0,
            "a random number below zero was asked for: an empty choice must be handled before the draw"
        );
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            let low = product as u64;
            // Of the 2^64 draws, the surplus `2^64 mod n` would favour some results. The cheap test comes first: the
            // surplus is below n, and a division costs more than all the rest.
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number in `[0, 1)`: a multiple of 2⁻⁵³.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        unit(self.next_u64())
    }

    /// A number in `(0, 1)`, safe to take the logarithm of: an odd multiple of 2⁻⁵³.
    #[inline]
    pub fn open_unit(&mut self) -> f64 {
        open_unit(self.next_u64())
    }

    /// Puts `items` in an order of which each is equally likely (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }
}

/// Random numbers by index: the `i`-th draw costs the same whether or not the ones before it were made.
///
/// A draw is a keyed permutation of its index, `mix(mix(i ^ k0) ^ k1)`, where `mix` is the finaliser of SplitMix64 and
/// `k0`, `k1` are the low and high half of `xxh3_128` of the key that a [`Stream`] of the same seed, purpose and name has.
/// Seeking in ChaCha8 would compute four blocks for each number; this is some 30 times cheaper and, with two rounds and a
/// 128-bit key, still far better mixed than any model can notice. 16 bytes, no state.
///
/// ```
/// use swarmbed_scheduler::stream::IndexedStream;
///
/// let jitter = IndexedStream::new(42, "agent.heartbeat", "worker-17");
/// let late = jitter.draw(1_000_000);          // as cheap as draw(0)
/// assert_eq!(late, IndexedStream::new(42, "agent.heartbeat", "worker-17").draw(1_000_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexedStream {
    outer: u64,
    inner: u64,
}

impl IndexedStream {
    /// The stream of this seed, purpose and stable name. Its draws have nothing in common with those of a [`Stream`].
    pub fn new(seed: u64, purpose: &str, name: &str) -> IndexedStream {
        let key = xxh3_128(&key(seed, purpose, name));
        IndexedStream { outer: key as u64, inner: (key >> 64) as u64 }
    }

    /// The 64 random bits of this index. Different indices of one stream never give the same bits.
    #[inline]
    pub const fn draw(self, index: u64) -> u64 {
        mix(mix(index ^ self.outer) ^ self.inner)
    }

    /// A number in `0..n` for this index, or 0 if `n` is 0. One draw and no second try, so that an index is one draw: some
    /// results are more likely than others by a part in 2⁶⁴ / `n`.
    #[inline]
    pub const fn below(self, index: u64, n: u64) -> u64 {
        scale(self.draw(index), n)
    }

    /// A number in `[0, 1)` for this index: a multiple of 2⁻⁵³.
    #[inline]
    pub fn unit(self, index: u64) -> f64 {
        unit(self.draw(index))
    }
}

/// Random bits as a number in `[0, 1)`: a multiple of 2⁻⁵³, growing with the bits.
#[inline]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * ULP
}

/// Random bits as a number in `(0, 1)`: an odd multiple of 2⁻⁵³, growing with the bits. `open_unit(!b) = 1 - open_unit(b)`.
#[inline]
pub fn open_unit(bits: u64) -> f64 {
    (bits >> 11 | 1) as f64 * ULP
}

/// Random bits as a number in `0..n`, growing with the bits; 0 if `n` is 0. Even but for a part in 2⁶⁴ / `n`.
#[inline]
pub const fn scale(bits: u64, n: u64) -> u64 {
    ((bits as u128 * n as u128) >> 64) as u64
}

/// 2⁻⁵³: the spacing of doubles just below 1.
const ULP: f64 = 1.0 / (1u64 << 53) as f64;

fn key(seed: u64, purpose: &str, name: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&xxh3_64(purpose.as_bytes()).to_le_bytes());
    key[16..].copy_from_slice(&xxh3_128(name.as_bytes()).to_le_bytes());
    key
}

/// SplitMix64's finaliser (Stafford's variant 13 of MurmurHash3's): a permutation; each input bit moves half the output.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_part_of_the_promise() {
        let mut stream = Stream::new(42, "fault.crash", "worker-17");
        assert_eq!(
            [(); 4].map(|()| stream.next_u64()),
            [12163627446210949786, 6697746686537206333, 7400531695104436588, 7754148177647764112]
        );
        let indexed = IndexedStream::new(42, "fault.crash", "worker-17");
        assert_eq!(
            [0, 1, 2, u64::MAX].map(|i| indexed.draw(i)),
            [16445249996171201342, 13407047888886661742, 475216389206026961, 12988444954041077285]
        );
        let mut order = ["a", "b", "c", "d", "e", "f"];
        stream.shuffle(&mut order);
        assert_eq!(order.concat(), "ebacdf");
    }

    #[test]
    fn seed_purpose_and_name_all_matter() {
        let first = |seed, purpose, name| Stream::new(seed, purpose, name).next_u64();
        let firsts = [
            first(1, "a", "b"),
            first(2, "a", "b"),
            first(1, "b", "a"),
            first(1, "a", "a"),
            first(1, "", "ab"),
        ];
        let mut distinct = firsts.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), firsts.len(), "{firsts:?}");
    }

    #[test]
    fn below_is_even_and_stays_below() {
        let mut stream = Stream::new(7, "test", "below");
        let mut counts = [0i64; 6];
        for _ in 0..60_000 {
            counts[stream.below(6) as usize] += 1;
        }
        // Chi-square with 5 degrees of freedom: 20.5 is the 0.1 % point.
        let chi: i64 = counts.iter().map(|c| (c - 10_000) * (c - 10_000)).sum();
        assert!(chi < 205_000, "{counts:?}");
        // Three quarters of 2^64: without the rejection, every third result would come up twice as often.
        let thirds = (0..30_000).filter(|_| stream.below(3 << 62).is_multiple_of(3)).count();
        assert!((9_600..10_400).contains(&thirds), "{thirds}");
        assert_eq!(stream.below(1), 0);
    }

    #[test]
    fn units_keep_off_their_ends() {
        assert_eq!((unit(0), unit(u64::MAX)), (0.0, 1.0 - ULP));
        assert_eq!((open_unit(0), open_unit(u64::MAX)), (ULP, 1.0 - ULP));
        assert_eq!((scale(0, 10), scale(u64::MAX, 10), scale(u64::MAX, 0)), (0, 9, 0));
    }

    #[test]
    fn indexed_draws_show_no_pattern_of_their_index() {
        let (one, two) = (IndexedStream::new(1, "test", "a"), IndexedStream::new(1, "test", "b"));
        const N: u64 = 1 << 16;
        let pairs: [fn(IndexedStream, IndexedStream, u64) -> u64; 3] =
            [|a, _, i| a.draw(i), |a, _, i| a.draw(i) ^ a.draw(i + 1), |a, b, i| a.draw(i) ^ b.draw(i)];
        for bits in pairs {
            for bit in 0..64 {
                let ones = (0..N).filter(|&i| bits(one, two, i) >> bit & 1 == 1).count() as i64;
                // Five standard deviations: half the square root of N is 128.
                assert!((ones - 32_768).abs() < 640, "bit {bit} is set {ones} times in {N}");
            }
        }
    }
}
