//! The `deploy` section of a service.

use super::fields::Field;
use super::model::{Deploy, GenericResource, Limits, Placement, Reservations, RestartPolicy, UpdateConfig};
use super::reader::{Reader, not_among};
use super::tree::Value;
use super::words::{Mode, UpdateOrder};
use crate::trouble::Trouble;

/// The least that SwarmKit takes, unless it is nothing at all (manager/controlapi/service.go).
const LEAST_NANO_CPUS: u64 = 1_000_000;
const LEAST_MEMORY: u64 = 4 << 20;

/// Reads the section.
pub(super) fn deploy(reader: &mut Reader, field: &Field<'_>) -> Result<Deploy, Trouble> {
    if field.is_null() {
        return Ok(Deploy::default());
    }
    let mut fields = reader.fields(field)?;
    let mut deploy = Deploy::default();
    let replicas = fields.take("replicas")?;
    deploy.replicas = replicas.as_ref().map(|field| field.natural(u64::MAX)).transpose()?;
    if let Some(field) = fields.take("mode")? {
        deploy.mode = reader.word(&field)?;
        if let (Some(Mode::Global | Mode::GlobalJob), Some(replicas)) = (&deploy.mode, &replicas) {
            let trouble = replicas.trouble("a global service runs once on every node and has no 'replicas'");
            reader.refuse(trouble.help("remove 'replicas', or write mode: replicated"));
        }
    }
    if let Some(field) = fields.take("endpoint_mode")? {
        deploy.endpoint_mode = reader.word(&field)?;
    }
    deploy.labels = fields.read("labels", Field::pairs)?.unwrap_or_default().into_iter().collect();
    if let Some(field) = fields.take("update_config")? {
        deploy.update_config = Some(update_config(reader, &field)?);
    }
    if let Some(field) = fields.take("rollback_config")? {
        deploy.rollback_config = Some(update_config(reader, &field)?);
    }
    if let Some(field) = fields.take("restart_policy")? {
        deploy.restart_policy = Some(restart_policy(reader, &field)?);
    }
    if let Some(field) = fields.take("resources")? {
        let mut fields = reader.fields(&field)?;
        deploy.limits = fields.take("limits")?.map(|field| limits(reader, &field)).transpose()?;
        deploy.reservations =
            fields.take("reservations")?.map(|field| reservations(reader, &field)).transpose()?;
        fields.finish()?;
    }
    if let Some(field) = fields.take("placement")? {
        deploy.placement = placement(reader, &field)?;
    }
    fields.finish()?;
    Ok(deploy)
}

fn update_config(reader: &mut Reader, field: &Field<'_>) -> Result<UpdateConfig, Trouble> {
    let mut fields = reader.fields(field)?;
    let mut config = UpdateConfig {
        parallelism: fields.read("parallelism", |field| field.natural(u64::MAX))?,
        delay: fields.read("delay", Field::duration)?.unwrap_or(0),
        monitor: fields.read("monitor", Field::duration)?.unwrap_or(0),
        order: fields.read("order", update_order)?,
        ..UpdateConfig::default()
    };
    if let Some(field) = fields.take("failure_action")? {
        config.failure_action = reader.word(&field)?;
    }
    if let Some(field) = fields.take("max_failure_ratio")? {
        config.max_failure_ratio = field.number()?;
        if !(0.0..=1.0).contains(&config.max_failure_ratio) {
            reader.refuse(field.unlike("a fraction from 0 to 1"));
        }
    }
    fields.finish()?;
    Ok(config)
}

/// The one word that Docker's reader itself checks.
fn update_order(field: &Field<'_>) -> Result<UpdateOrder, Trouble> {
    match UpdateOrder::from(field.text()?) {
        UpdateOrder::Unknown(word) => Err(not_among(field, &word, UpdateOrder::WORDS)),
        order => Ok(order),
    }
}

fn restart_policy(reader: &mut Reader, field: &Field<'_>) -> Result<RestartPolicy, Trouble> {
    let mut fields = reader.fields(field)?;
    let mut policy = RestartPolicy {
        delay: fields.read("delay", Field::duration)?,
        max_attempts: fields.read("max_attempts", |field| field.natural(u64::MAX))?,
        window: fields.read("window", Field::duration)?,
        ..RestartPolicy::default()
    };
    if let Some(field) = fields.take("condition")? {
        policy.condition = reader.word(&field)?;
    }
    fields.finish()?;
    Ok(policy)
}

fn limits(reader: &mut Reader, field: &Field<'_>) -> Result<Limits, Trouble> {
    let mut fields = reader.fields(field)?;
    let limits = Limits {
        nano_cpus: cpus(reader, fields.take("cpus")?)?,
        memory: memory(reader, fields.take("memory")?)?,
        pids: fields.read("pids", |field| field.natural(i64::MAX as u64))?.unwrap_or(0),
    };
    fields.finish()?;
    Ok(limits)
}

fn reservations(reader: &mut Reader, field: &Field<'_>) -> Result<Reservations, Trouble> {
    let mut fields = reader.fields(field)?;
    let mut reservations = Reservations {
        nano_cpus: cpus(reader, fields.take("cpus")?)?,
        memory: memory(reader, fields.take("memory")?)?,
        generic: vec![],
    };
    if let Some(field) = fields.take("generic_resources")? {
        for item in field.list()? {
            reservations.generic.push(generic_resource(reader, &item)?);
        }
    }
    fields.finish()?;
    Ok(reservations)
}

fn cpus(reader: &mut Reader, field: Option<Field<'_>>) -> Result<u64, Trouble> {
    // Docker reads an empty text as nothing said.
    let Some(field) = field.filter(|field| field.node.value != Value::Text(String::new())) else {
        return Ok(0);
    };
    let nano_cpus = field.cpus()?;
    if (1..LEAST_NANO_CPUS).contains(&nano_cpus) {
        reader.refuse(field.unlike("at least 0.001 CPUs"));
    }
    Ok(nano_cpus)
}

fn memory(reader: &mut Reader, field: Option<Field<'_>>) -> Result<u64, Trouble> {
    let Some(field) = field else { return Ok(0) };
    let memory = field.size()?;
    if (1..LEAST_MEMORY).contains(&memory) {
        reader.refuse(field.unlike("at least 4M"));
    }
    Ok(memory)
}

fn generic_resource(reader: &Reader, item: &Field<'_>) -> Result<GenericResource, Trouble> {
    let mut fields = reader.fields(item)?;
    let Some(spec) = fields.take("discrete_resource_spec")? else {
        return Err(item.trouble("'discrete_resource_spec' is missing, with 'kind' and 'value' under it"));
    };
    fields.finish()?;
    let mut fields = reader.fields(&spec)?;
    let resource = GenericResource {
        kind: fields
            .read("kind", Field::filled_text)?
            .flatten()
            .ok_or_else(|| spec.trouble("'kind' is missing"))?,
        value: fields.read("value", |field| field.natural(i64::MAX as u64))?.unwrap_or(0),
    };
    fields.finish()?;
    Ok(resource)
}

fn placement(reader: &Reader, field: &Field<'_>) -> Result<Placement, Trouble> {
    let mut fields = reader.fields(field)?;
    let mut placement = Placement {
        constraints: fields.read("constraints", Field::texts)?.unwrap_or_default(),
        max_replicas_per_node: fields
            .read("max_replicas_per_node", |field| field.natural(u64::MAX))?
            .unwrap_or(0),
        preferences: vec![],
    };
    if let Some(field) = fields.take("preferences")? {
        for item in field.list()? {
            let mut fields = reader.fields(&item)?;
            let spread = fields.read("spread", Field::filled_text)?.flatten();
            fields.finish()?;
            let spread = spread
                .ok_or_else(|| item.trouble("'spread' is missing, such as spread: node.labels.zone"))?;
            placement.preferences.push(spread);
        }
    }
    fields.finish()?;
    Ok(placement)
}
