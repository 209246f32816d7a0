//! Tables of constants: `[cluster]` and `[gossip]`. A scenario gives those that differ from the profile's.

use swarmbed_scheduler::Span;
use swarmbed_sim::engine::distribution::Distribution;

use crate::mistakes::Mistakes;
use crate::value::{Count, Law, Switch, TimeSpan, Word, Words, Written, written_span};

/// Makes a table out of a list of constants: one line gives a key its type, its place in the set of constants and its source.
/// Keys that are no constants stand first. What the set has besides, which no key here sets, is named, so that nothing is
/// forgotten.
macro_rules! constants {
    (
        $(#[$table_doc:meta])* $table:ident sets $set:ident besides ($($besides:ident),*) { $($other:tt)* }
        $($(#[$doc:meta])* $key:ident: $kind:ty, $source:literal;)*
    ) => {
        $(#[$table_doc])*
        #[derive(Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, expecting = "a table")]
        pub(crate) struct $table {
            $($other)*
            $($(#[$doc])* #[schemars(extend("x-source" = $source))]
            pub(crate) $key: Option<$kind>,)*
        }

        impl $table {
            /// Sets the constants that the file gives.
            pub(crate) fn adjust(&self, set: &mut $set, mistakes: &mut Mistakes) {
                $(if let Some(written) = &self.$key {
                    written.set(&mut set.$key, mistakes);
                })*
            }

            /// Every constant with its value as a file would give it.
            pub(crate) fn shown(set: &$set) -> Vec<(&'static str, String)> {
                vec![$((stringify!($key), set.$key.shown())),*]
            }

            /// Does not compile when the set has a constant that no key sets.
            #[cfg(test)]
            #[allow(dead_code, reason = "it is there to be compiled")]
            fn every_constant_has_a_key(set: $set) {
                let $set { $($besides: _,)* $($key: _),* } = set;
            }
        }
    };
}

pub(crate) use constants;

/// A constant as it is written, which sets one of the profile's.
pub(super) trait Setting<T> {
    fn set(&self, constant: &mut T, mistakes: &mut Mistakes);
}

impl Setting<Span> for Written<TimeSpan> {
    fn set(&self, constant: &mut Span, mistakes: &mut Mistakes) {
        *constant = mistakes.read(self).unwrap_or(*constant);
    }
}

impl<T: TryFrom<u64> + Copy, const LEAST: u64, const MOST: u64> Setting<T> for Written<Count<LEAST, MOST>> {
    fn set(&self, constant: &mut T, mistakes: &mut Mistakes) {
        *constant = mistakes.read(self).and_then(|count| T::try_from(count).ok()).unwrap_or(*constant);
    }
}

impl Setting<bool> for Written<Switch> {
    fn set(&self, constant: &mut bool, mistakes: &mut Mistakes) {
        *constant = mistakes.read(self).unwrap_or(*constant);
    }
}

impl Setting<Distribution> for Law {
    fn set(&self, constant: &mut Distribution, mistakes: &mut Mistakes) {
        if let Some(law) = mistakes.law(self) {
            *constant = law;
        }
    }
}

impl<T: Words + Copy> Setting<T> for Written<Word<T>> {
    fn set(&self, constant: &mut T, mistakes: &mut Mistakes) {
        *constant = mistakes.read(self).unwrap_or(*constant);
    }
}

/// A constant of a profile as a file would give it.
pub(super) trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Span {
    fn shown(&self) -> String {
        written_span(*self)
    }
}

/// Constants that are written as they are printed.
macro_rules! shown_as_printed {
    ($($kind:ty),*) => {$(
        impl Shown for $kind {
            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

shown_as_printed!(u32, i64, usize, bool);

/// The word for it.
pub(super) fn word<T: Words + PartialEq>(value: &T) -> String {
    let word = T::WORDS.iter().find(|(_, known)| known == value);
    word.map_or(String::new(), |(word, _)| (*word).to_owned())
}

impl Shown for Distribution {
    /// Its median: a distribution does not tell how it was made.
    fn shown(&self) -> String {
        format!("median {}", written_span(Span(self.quantile(1 << 63))))
    }
}
