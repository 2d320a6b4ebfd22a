//! The forms of the documents: each is a valid schema, says what its keys are, and every document
//! has one. That documents fit their forms is checked wherever a test reads one (`Run::json`).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Names of documents in a piece of source text: `pyflow/submit/1`.
fn names(source: &str) -> BTreeSet<String> {
    let quoted = source.split('"').filter(|text| text.starts_with("pyflow/"));
    quoted.filter(|text| text.ends_with(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
}

fn schemas() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        found.push((name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()));
    }
    found
}

#[test]
fn every_document_has_a_schema() {
    let source = concat!(
        include_str!("../../src/outcome/mod.rs"),
        include_str!("../../src/outcome/status.rs"),
        include_str!("../../src/ui/error.rs")
    );
    let documents = names(source);
    assert!(documents.contains("pyflow/submit/1") && documents.contains("pyflow/error/1"), "{documents:?}");
    let schemas = schemas();
    let files: BTreeSet<String> =
        schemas.iter().filter(|(name, _)| name.starts_with("pyflow-")).map(|(name, _)| name.clone()).collect();
    let wanted: BTreeSet<String> = documents.iter().map(|name| name.replace('/', "-")).collect();
    assert_eq!(files, wanted);
    for (file, schema) in schemas.iter().filter(|(name, _)| name.starts_with("pyflow-")) {
        let name = schema["title"].as_str().unwrap();
        assert_eq!(name.replace('/', "-"), *file);
        assert_eq!(schema["properties"]["schema"]["const"], name);
        assert!(schema["required"].as_array().unwrap().contains(&"schema".into()), "{file}");
    }
}

#[test]
fn every_schema_is_valid_and_describes_its_keys() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(jsonschema::meta::is_valid(&schema), "{name}: {:?}", jsonschema::meta::validate(&schema).err());
        jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name.starts_with("pyflow-") {
            described(&name, &schema);
        }
    }
}

/// Required keys are among those that are described, and more may come in every object.
fn described(at: &str, schema: &Value) {
    let Some(keys) = schema.as_object() else { return };
    if let Some(properties) = schema["properties"].as_object() {
        for (key, form) in properties {
            let says = ["description", "$ref", "const", "anyOf"].iter().any(|word| form.get(word).is_some());
            assert!(says, "{at}: {key} is not described");
        }
        for key in schema["required"].as_array().into_iter().flatten() {
            assert!(properties.contains_key(key.as_str().unwrap()), "{at}: {key} is required and not described");
        }
        assert_ne!(schema["additionalProperties"], false, "{at}: more keys may come");
    }
    for (key, value) in keys {
        match value {
            Value::Object(_) => described(&format!("{at}/{key}"), value),
            Value::Array(list) => list.iter().for_each(|item| described(&format!("{at}/{key}"), item)),
            _ => {}
        }
    }
}
