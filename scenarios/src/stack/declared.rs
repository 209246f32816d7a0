//! The top-level networks, volumes, secrets and configs.

use super::fields::{Field, Fields};
use super::model::{Network, Object};
use super::reader::Reader;
use super::tree::Value;
use crate::trouble::Trouble;

/// Reads every declaration into `reader.declared`.
pub(super) fn declarations(reader: &mut Reader, top: &mut Fields<'_>) -> Result<(), Trouble> {
    if let Some(section) = top.take("networks")? {
        for (entry, field) in section.named()? {
            let network = network(reader, &entry.key, &field)?;
            reader.declared.networks.insert(entry.key.clone(), network);
        }
    }
    if let Some(section) = top.take("volumes")? {
        for (entry, field) in named(&section)? {
            let volume = if field.is_null() { Object::default() } else { volume(reader, &entry, &field)? };
            reader.declared.volumes.insert(entry, volume);
        }
    }
    if let Some(section) = top.take("secrets")? {
        for (entry, field) in named(&section)? {
            let secret = file_object(reader, &entry, &field, true)?;
            reader.declared.secrets.insert(entry, secret);
        }
    }
    if let Some(section) = top.take("configs")? {
        for (entry, field) in named(&section)? {
            let config = file_object(reader, &entry, &field, false)?;
            reader.declared.configs.insert(entry, config);
        }
    }
    Ok(())
}

/// The names of a section and what they stand for. (Docker does not check the names of networks.)
pub(super) fn named<'n>(section: &Field<'n>) -> Result<Vec<(String, Field<'n>)>, Trouble> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    let checked = |(entry, field): (&super::tree::Entry, Field<'n>)| {
        if is_name(&entry.key) {
            return Ok((entry.key.clone(), field));
        }
        let name = super::tree::shortened(&entry.key);
        Err(section
            .trouble(format_args!("'{name}' is no name, expected letters, digits, '.', '_' and '-'"))
            .at(entry.key_span.clone()))
    };
    section.named()?.into_iter().map(checked).collect()
}

fn network(reader: &mut Reader, key: &str, field: &Field<'_>) -> Result<Network, Trouble> {
    if field.is_null() {
        return Ok(Network::default());
    }
    let mut fields = reader.fields(field)?;
    let (external, name) = external_and_name(&mut fields, key)?;
    let network = Network {
        name,
        external,
        driver: fields.read("driver", Field::filled_text)?.flatten(),
        attachable: fields.read("attachable", Field::flag)?.unwrap_or(false),
        internal: fields.read("internal", Field::flag)?.unwrap_or(false),
    };
    reader.take_ignored(&mut fields, "driver_opts", options)?;
    reader.take_ignored(&mut fields, "labels", Field::pairs)?;
    if let Some(ipam) = fields.take("ipam")? {
        self::ipam(reader, &ipam)?;
        reader.ignore(&ipam);
    }
    fields.finish_with_extensions()?;
    Ok(network)
}

fn ipam(reader: &Reader, field: &Field<'_>) -> Result<(), Trouble> {
    let mut fields = reader.fields(field)?;
    fields.read("driver", Field::text)?;
    for item in fields.read("config", Field::list)?.unwrap_or_default() {
        let mut fields = reader.fields(&item)?;
        fields.read("subnet", Field::text)?;
        fields.finish()?;
    }
    fields.finish()
}

fn volume(reader: &mut Reader, key: &str, field: &Field<'_>) -> Result<Object, Trouble> {
    let mut fields = reader.fields(field)?;
    let (external, name) = external_and_name(&mut fields, key)?;
    let driver = fields.read("driver", Field::filled_text)?.flatten();
    let mut described = driver.as_ref().map(|_| "driver");
    if let Some(field) = fields.take("driver_opts")? {
        described = described.or((!options(&field)?.is_empty()).then_some("driver_opts"));
        reader.ignore(&field);
    }
    if let Some(field) = fields.take("labels")? {
        described = described.or((!field.pairs()?.is_empty()).then_some("labels"));
        reader.ignore(&field);
    }
    fields.finish_with_extensions()?;
    match described.filter(|_| external) {
        Some(key) => Err(field
            .trouble(format_args!("an external volume exists already and takes no '{key}'"))
            .help(format!("remove '{key}', or external: true"))),
        None => Ok(Object { name, external, driver }),
    }
}

/// A secret, or a config, which has no driver.
fn file_object(
    reader: &mut Reader,
    key: &str,
    field: &Field<'_>,
    is_secret: bool,
) -> Result<Object, Trouble> {
    let mut fields = reader.fields(field)?;
    let (external, name) = external_and_name(&mut fields, key)?;
    // Files are never opened: what is in them decides nothing.
    let file = fields.read("file", Field::filled_text)?.flatten();
    reader.take_ignored(&mut fields, "labels", Field::pairs)?;
    reader.take_ignored(&mut fields, "template_driver", Field::text)?;
    let mut driver = None;
    if is_secret {
        driver = fields.read("driver", Field::filled_text)?.flatten();
        reader.take_ignored(&mut fields, "driver_opts", options)?;
    }
    fields.finish_with_extensions()?;
    if !external && driver.is_some() && file.is_some() {
        return Err(field.trouble("'driver' and 'file' do not go together").help("remove one of the two"));
    }
    Ok(Object { name, external, driver })
}

/// `external: true`, or the old `external: {name: …}`; and the name in the cluster.
fn external_and_name(fields: &mut Fields<'_>, key: &str) -> Result<(bool, Option<String>), Trouble> {
    let name = fields.read("name", Field::filled_text)?.flatten();
    let Some(field) = fields.take("external")? else { return Ok((false, name)) };
    if !matches!(field.node.value, Value::Map(_)) {
        let external = field.flag()?;
        return Ok((external, name.or_else(|| external.then(|| key.to_owned()))));
    }
    let mut old = field.fields(u8::MAX)?;
    let old_name = old.read("name", Field::filled_text)?.flatten();
    old.finish()?;
    match (old_name, name) {
        (Some(_), Some(_)) => Err(field
            .trouble("'external.name' and 'name' do not go together")
            .help("write external: true and 'name'")),
        (old_name, name) => Ok((true, Some(old_name.or(name).unwrap_or_else(|| key.to_owned())))),
    }
}

/// A mapping of texts and numbers.
fn options(field: &Field<'_>) -> Result<Vec<String>, Trouble> {
    let option = |(_, option): (_, Field<'_>)| match option.node.value {
        Value::Null => Err(option.unlike("a text or a number")),
        _ => option.printed(),
    };
    field.named()?.into_iter().map(option).collect()
}
