//! A stack file as it was understood, for a person.

use swarmbed_reports::output::page::{Lean, Paint, Style, hang, table};
use swarmbed_reports::words::{bytes, cpus, number, visible};
use swarmbed_scenarios::stack::{Mode, Port, PortMode, Reading, Service};

/// The whole page.
pub fn page(reading: &Reading, style: Style) -> String {
    let stack = &reading.stack;
    let rows: Vec<Vec<String>> = stack.services.iter().map(row).collect();
    let columns = [
        ("SERVICE", Lean::Left),
        ("MODE", Lean::Left),
        ("TASKS", Lean::Right),
        ("WHAT IT ASKS FOR", Lean::Left),
    ];
    let mut page = match rows.is_empty() {
        true => "  no services\n".to_owned(),
        false => table(&columns, &rows, style),
    };
    let externals = &reading.externals;
    let kinds = [
        ("networks", &externals.networks),
        ("volumes", &externals.volumes),
        ("secrets", &externals.secrets),
        ("configs", &externals.configs),
    ];
    let present = kinds.into_iter().filter(|(_, names)| !names.is_empty());
    let present: Vec<String> = present.map(|(kind, names)| format!("{kind}: {}", names.join(", "))).collect();
    section(&mut page, "TAKEN AS PRESENT", &present, style, Paint::Plain);
    let ignored: Vec<String> = reading.ignored.iter().map(ToString::to_string).collect();
    section(&mut page, "READ AND NOT SIMULATED", &ignored, style, Paint::Plain);
    section(&mut page, "NOTICES", &reading.notices, style, Paint::Plain);
    let refusals: Vec<String> = reading.refusals.iter().map(|refusal| format!("{refusal:#}")).collect();
    section(&mut page, "DOCKER REFUSES TO DEPLOY IT", &refusals, style, Paint::Bad);
    page
}

fn section(page: &mut String, head: &str, items: &[String], style: Style, paint: Paint) {
    if items.is_empty() {
        return;
    }
    page.push_str(&format!("\n{}\n", style.paint(Paint::Head, head)));
    for line in items.iter().flat_map(|item| item.lines()) {
        page.push_str(&hang("  ", &visible(line.trim()), style, paint));
    }
}

fn row(service: &Service) -> Vec<String> {
    let deploy = &service.deploy;
    let mode = deploy.mode.as_ref().map_or("replicated", Mode::as_str);
    let tasks = match deploy.mode {
        Some(Mode::Global | Mode::GlobalJob) => "1 a node".to_owned(),
        _ => number(deploy.replicas.unwrap_or(1)),
    };
    let mut asks = vec![visible(service.image.as_deref().unwrap_or("no image"))];
    if let Some(reserved) = deploy.reservations.as_ref().filter(|r| r.nano_cpus > 0 || r.memory > 0) {
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        asks.push(format!(
            "reserves {} CPU, {}",
            cpus(signed(reserved.nano_cpus)),
            bytes(signed(reserved.memory))
        ));
    }
    let placement = &deploy.placement;
    asks.extend(placement.constraints.iter().map(|c| visible(c)));
    asks.extend(placement.preferences.iter().map(|p| format!("spread over {}", visible(p))));
    if placement.max_replicas_per_node > 0 {
        asks.push(format!("at most {} a node", placement.max_replicas_per_node));
    }
    asks.extend(service.ports.iter().map(port));
    vec![visible(&service.name), mode.to_owned(), tasks, asks.join("; ")]
}

fn port(port: &Port) -> String {
    let protocol = port.protocol.as_ref().map_or("tcp", |p| p.as_str());
    let host = if port.mode == Some(PortMode::Host) { " on the host" } else { "" };
    match port.published {
        Some(published) => format!("port {published}->{}/{protocol}{host}", port.target),
        None => format!("port {}/{protocol}{host}", port.target),
    }
}
