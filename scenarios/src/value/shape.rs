//! Where more than one shape will do: a plain value, a list of them, or a table.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_spanned::Spanned;

use super::{Kind, Raw, Written};
use crate::mistakes::Mistakes;

/// What stands in the file, and where.
pub(crate) struct Shaped<K, T> {
    /// Its bytes in the file.
    pub(crate) span: Range<usize>,
    /// What stands there.
    pub(crate) shape: Shape<K, T>,
}

/// A plain value, a list of values of kind `K`, or a table `T`.
pub(crate) enum Shape<K, T> {
    /// A plain value.
    Plain(Raw),
    /// A list.
    List(Vec<Written<K>>),
    /// A table.
    Table(Box<T>),
}

/// The shape `T` of what may not be a table.
pub(crate) enum NoTable {}

impl<'de> Deserialize<'de> for NoTable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("found a table, expected a plain value or a list"))
    }
}

impl<'de, K, T: Deserialize<'de>> Deserialize<'de> for Shaped<K, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Shape<K, T>>::deserialize(deserializer)?;
        Ok(Shaped { span: spanned.span(), shape: spanned.into_inner() })
    }
}

impl<'de, K, T: Deserialize<'de>> Deserialize<'de> for Shape<K, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyShape<K, T>(PhantomData<(K, T)>);

        impl<'de, K, T: Deserialize<'de>> Visitor<'de> for AnyShape<K, T> {
            type Value = Shape<K, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Shape::Plain(Raw::Text(text.to_owned())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Shape::Plain(Raw::Integer(number)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Shape::Plain(Raw::Float(number)))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Shape::Plain(Raw::Switch(value)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Shape::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|table| Shape::Table(Box::new(table)))
            }
        }

        deserializer.deserialize_any(AnyShape(PhantomData))
    }
}

impl<K: Kind, T: JsonSchema> JsonSchema for Shaped<K, T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", K::NAME, T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    /// Without the list, which few places want.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (plain, table) = (generator.subschema_for::<Written<K>>(), generator.subschema_for::<T>());
        json_schema!({ "oneOf": [plain, table] })
    }
}

/// One value or a list of them.
pub(crate) struct OneOrMore<K>(Shaped<K, NoTable>);

impl<K: Kind> OneOrMore<K> {
    /// The bytes of all of it.
    pub(crate) fn span(&self) -> Range<usize> {
        self.0.span.clone()
    }

    /// What each value means; a wrong one is a mistake and left out, and so is an empty list.
    pub(crate) fn read(&self, mistakes: &mut Mistakes) -> Vec<K::Value> {
        let each = self.each();
        if each.is_empty() {
            mistakes.say(&self.0.span, "the list is empty");
        }
        let read = |(span, raw): (Range<usize>, &Raw)| {
            K::read(raw).map_err(|misread| mistakes.add(&span, misread)).ok()
        };
        each.into_iter().filter_map(read).collect()
    }

    /// Each value with its place.
    pub(crate) fn each(&self) -> Vec<(Range<usize>, &Raw)> {
        match &self.0.shape {
            Shape::Plain(raw) => vec![(self.0.span.clone(), raw)],
            Shape::List(list) => list.iter().map(|written| (written.span.clone(), &written.raw)).collect(),
            Shape::Table(never) => match **never {},
        }
    }
}

impl<'de, K> Deserialize<'de> for OneOrMore<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Shaped::deserialize(deserializer).map(OneOrMore)
    }
}

impl<K: Kind> JsonSchema for OneOrMore<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", K::NAME).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Written<K>>();
        json_schema!({ "oneOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
