//! One service.

use std::collections::BTreeMap;

use super::deploy::deploy;
use super::fields::Field;
use super::model::{Attachment, Healthcheck, RestartPolicy, Service};
use super::mount::mounts;
use super::port::ports;
use super::reader::{Kind, Reader};
use super::shape::IDLE_SERVICE_KEYS;
use super::tree::Value;
use super::words::RestartCondition;
use crate::trouble::Trouble;

/// Reads the service `name`.
pub(super) fn service(reader: &mut Reader, name: &str, field: &Field<'_>) -> Result<Service, Trouble> {
    let mut fields = reader.fields(field)?;
    let mut service = Service { name: name.to_owned(), ..Service::default() };
    service.image = fields.read("image", Field::filled_text)?.flatten();
    if let Some(field) = fields.take("deploy")? {
        service.deploy = deploy(reader, &field)?;
    }
    if let Some(field) = fields.take("restart")? {
        service.restart = restart(reader, &field)?;
    }
    if let Some(field) = fields.take("ports")? {
        service.ports = ports(reader, &field)?;
    }
    if let Some(field) = fields.take("networks")? {
        service.networks = networks(reader, &field)?;
    }
    if let Some(field) = fields.take("volumes")? {
        service.mounts = mounts(reader, &field)?;
    }
    if let Some(field) = fields.take("healthcheck")? {
        service.healthcheck = Some(healthcheck(reader, &field)?);
    }
    service.stop_grace_period = fields.read("stop_grace_period", Field::duration)?;
    if let Some(field) = fields.take("secrets")? {
        service.secrets = references(reader, &field, Kind::Secret)?;
    }
    if let Some(field) = fields.take("configs")? {
        service.configs = references(reader, &field, Kind::Config)?;
    }
    for (key, shape) in IDLE_SERVICE_KEYS {
        let Some(field) = fields.take(key)? else { continue };
        shape.check(reader, &field)?;
        reader.ignore(&field);
        if key == "env_file" {
            let files =
                if let Value::Text(file) = &field.node.value { vec![file.clone()] } else { field.texts()? };
            reader.env_files.extend(files);
        }
    }
    let image_is_missing = service.image.is_none();
    fields.finish_with_extensions()?;
    if image_is_missing {
        reader.refuse(field.trouble("'image' is missing").help("docker stack builds nothing: name an image"));
    }
    Ok(service)
}

fn networks(reader: &mut Reader, field: &Field<'_>) -> Result<BTreeMap<String, Attachment>, Trouble> {
    let mut networks = BTreeMap::new();
    if matches!(field.node.value, Value::List(_)) {
        for item in field.set()? {
            let name = item.text()?;
            join(reader, &item, name);
            networks.insert(name.to_owned(), Attachment::default());
        }
        return Ok(networks);
    }
    if !matches!(field.node.value, Value::Map(_)) {
        return Err(field.unlike("a list or a mapping of networks"));
    }
    for (entry, attachment) in field.named()? {
        join(reader, &attachment, &entry.key);
        networks.insert(entry.key.clone(), self::attachment(reader, &attachment)?);
    }
    Ok(networks)
}

/// Every stack has a network `default`, declared or not.
fn join(reader: &mut Reader, field: &Field<'_>, name: &str) {
    if name != "default" {
        reader.refer(field, Kind::Network, name);
    }
}

fn attachment(reader: &mut Reader, field: &Field<'_>) -> Result<Attachment, Trouble> {
    if field.is_null() {
        return Ok(Attachment::default());
    }
    let mut fields = reader.fields(field)?;
    let aliases = fields.read("aliases", Field::text_set)?.unwrap_or_default();
    reader.take_ignored(&mut fields, "ipv4_address", Field::text)?;
    reader.take_ignored(&mut fields, "ipv6_address", Field::text)?;
    reader.take_ignored(&mut fields, "driver_opts", Field::pairs)?;
    fields.finish()?;
    Ok(Attachment { aliases })
}

fn healthcheck(reader: &mut Reader, field: &Field<'_>) -> Result<Healthcheck, Trouble> {
    let mut fields = reader.fields(field)?;
    let check = Healthcheck {
        test: fields.read("test", test)?.unwrap_or_default(),
        interval: fields.read("interval", Field::duration)?,
        timeout: fields.read("timeout", Field::duration)?,
        retries: fields.read("retries", |field| field.natural(u64::MAX))?,
        start_period: fields.read("start_period", Field::duration)?,
        start_interval: fields.read("start_interval", Field::duration)?,
        disable: fields.read("disable", Field::flag)?.unwrap_or(false),
    };
    fields.finish()?;
    if check.disable && !check.test.is_empty() {
        reader.refuse(
            field.trouble("'test' and 'disable: true' do not go together").help("remove one of the two"),
        );
    }
    Ok(check)
}

fn test(field: &Field<'_>) -> Result<Vec<String>, Trouble> {
    match &field.node.value {
        Value::Text(command) => Ok(vec!["CMD-SHELL".to_owned(), command.clone()]),
        Value::List(_) => field.texts(),
        _ => Err(field.unlike("a text or a list of texts")),
    }
}

/// The old key. `no` leaves the swarm's own default, which is to restart always: Docker's rule, not ours.
fn restart(reader: &mut Reader, field: &Field<'_>) -> Result<Option<RestartPolicy>, Trouble> {
    let text = field.text()?;
    let (word, attempts) =
        text.split_once(':').map_or((text, None), |(word, attempts)| (word, Some(attempts)));
    let attempts = attempts.map(str::parse::<u64>);
    let condition = match (word, &attempts) {
        ("no" | "", None) => return Ok(None),
        ("always" | "unless-stopped", None) => RestartCondition::Any,
        ("on-failure", None | Some(Ok(_))) => RestartCondition::OnFailure,
        _ => {
            reader.refuse(field.unlike("no, always, unless-stopped, on-failure or on-failure:3"));
            return Ok(None);
        }
    };
    let max_attempts = attempts.and_then(Result::ok).filter(|&attempts| attempts > 0);
    Ok(Some(RestartPolicy { condition: Some(condition), max_attempts, ..RestartPolicy::default() }))
}

/// Secrets and configs: names, or mappings that say where the file goes.
fn references(reader: &mut Reader, field: &Field<'_>, kind: Kind) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    for item in field.list()? {
        let name = match &item.node.value {
            Value::Text(name) => name.clone(),
            Value::Map(_) => source(reader, &item)?,
            _ => return Err(item.unlike("a name or a mapping")),
        };
        reader.refer(&item, kind, &name);
        names.push(name);
    }
    Ok(names)
}

/// Docker lets other keys pass here.
fn source(reader: &mut Reader, item: &Field<'_>) -> Result<String, Trouble> {
    let mut fields = reader.fields(item)?;
    let source = fields.read("source", Field::filled_text)?.flatten();
    for key in ["target", "uid", "gid"] {
        reader.take_ignored(&mut fields, key, Field::text)?;
    }
    reader.take_ignored(&mut fields, "mode", Field::number)?;
    source.ok_or_else(|| item.trouble("'source' is missing: its name under the top-level section"))
}
