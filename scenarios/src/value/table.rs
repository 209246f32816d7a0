//! Tables whose keys are names that the user chose, such as `[images."example/vote"]`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_spanned::Spanned;

/// Entries of a table in byte order of their keys, each key with its place.
pub(crate) struct Named<T> {
    pub(crate) entries: Vec<Entry<T>>,
}

/// A key that the user chose, and what stands under it.
pub(crate) struct Entry<T> {
    /// The key.
    pub(crate) key: String,
    /// Its bytes in the file.
    pub(crate) span: Range<usize>,
    /// What stands under it.
    pub(crate) value: T,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Named { entries: Vec::new() }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Spanned<String>, T>()? {
                    entries.push(Entry { span: key.span(), key: key.into_inner(), value });
                }
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                Ok(Named { entries })
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Named{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}
