//! The committed key reference is the one that the types give, and the schema knows every key of the library.

use swarmbed_scenarios::{library, reference, schema};

#[test]
fn the_reference_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    #[expect(clippy::disallowed_methods, reason = "the switch that rewrites recorded expectations")]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(path, reference()).expect("REFERENCE.md can be written");
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(page == reference(), "REFERENCE.md is out of date: UPDATE=1 cargo test -p swarmbed-scenarios");
}

/// Each key of each table in the library stands in the schema too: the types that read and the types that describe are
/// the same, but what is rewritten for editors could have lost one.
#[test]
fn the_schema_knows_the_keys_of_the_library() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("the schema is JSON");
    assert_eq!(schema["required"], serde_json::json!(["cluster"]));
    for file in library::FILES.iter().filter(|file| file.is_scenario()) {
        let table: toml::Table = file.text.parse().expect("the library is TOML");
        let value = serde_json::to_value(table).expect("TOML is JSON");
        let unknown = unknown_key(&schema, &schema["definitions"], &value, file.path);
        assert_eq!(unknown, None);
    }
}

/// The first key of `value` that `schema` does not know, with its path.
fn unknown_key(
    schema: &serde_json::Value,
    definitions: &serde_json::Value,
    value: &serde_json::Value,
    path: &str,
) -> Option<String> {
    let reference = schema.get("$ref").or_else(|| schema["allOf"][0].get("$ref"));
    if let Some(name) = reference.and_then(|name| name.as_str()?.rsplit('/').next()) {
        return unknown_key(&definitions[name], definitions, value, path);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let each: Vec<_> = options.iter().map(|o| unknown_key(o, definitions, value, path)).collect();
        return each.iter().all(Option::is_some).then(|| each[0].clone()).flatten();
    }
    match value {
        serde_json::Value::Object(table) => table.iter().find_map(|(key, value)| {
            let known = schema["properties"]
                .get(key)
                .or_else(|| schema.get("additionalProperties").filter(|s| s.is_object()));
            match known {
                Some(known) => unknown_key(known, definitions, value, &format!("{path}: {key}")),
                None => Some(format!("{path}: {key}")),
            }
        }),
        serde_json::Value::Array(items) => {
            items.iter().find_map(|item| unknown_key(&schema["items"], definitions, item, path))
        }
        _ => None,
    }
}
