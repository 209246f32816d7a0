//! What decided, as scenario files that can be run: the loss of the largest zone, and a crash while another manager is in
//! maintenance, for the number that is advised and for the one below it that is not.

use super::{Plan, Row, in_zones};
use crate::words::plural;

/// The first words of every such file, by which it is known to be one of ours.
pub const MARK: &str = "# swarmbed plan managers";

/// A scenario that shows what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The file it belongs in.
    pub file: String,
    /// The file's text.
    pub text: String,
}

/// What befalls the managers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blow {
    Zone,
    Maintenance,
}

/// Minutes that a blow lasts.
const LASTS: u64 = 10;

/// The cases that decide, each as a scenario.
pub fn cases(plan: &Plan) -> Vec<Case> {
    let sound = |row: &&Row| row.out.is_none();
    let chosen = plan.advice.row.map(|row| &plan.rows[row]).or(plan.rows.iter().rfind(sound));
    let Some(chosen) = chosen.or(plan.rows.last()) else { return Vec::new() };
    let fewer = plan.rows.iter().filter(sound).rfind(|row| row.managers < chosen.managers);
    let cases = [Some(chosen), fewer].into_iter().flatten().flat_map(|row| {
        let has_zones = plan.question.zones > 1;
        let blows = [(has_zones, Blow::Zone), (row.managers > 1, Blow::Maintenance)];
        blows.into_iter().filter(|(there, _)| *there).map(|(_, blow)| case(row, plan.question.zones, blow))
    });
    cases.collect()
}

fn case(row: &Row, zones: u32, blow: Blow) -> Case {
    let name = match blow {
        Blow::Zone => "zone-lost",
        Blow::Maintenance => "crash-in-maintenance",
    };
    let survives = match blow {
        Blow::Zone => row.survives_zone(),
        Blow::Maintenance => row.survives_maintenance(),
    };
    let split = in_zones(&row.split);
    let managers = plural(row.managers as usize, "manager");
    let title = match blow {
        Blow::Zone => format!("{managers} as {split}: the zone with the most of them is lost"),
        Blow::Maintenance => format!("{managers} as {split}: a crash while one is in maintenance"),
    };
    let says = match survives {
        true => "A quorum is left: there is a leader again after an election at most.",
        false => {
            "No quorum is left: nothing is committed until a machine is back, and a worker that crashes meanwhile waits."
        }
    };
    let mut text = format!("{MARK}: {says}\n\ntitle = \"{title}\"\n\n[run]\nduration = \"50m\"\n");
    text.push_str(&machines(row, zones));
    text.push_str("\n[[service]]\nname = \"web\"\nreplicas = 12\n");
    text.push_str(&blows(row, blow));
    text.push_str(
        "\n[[at]]                                  # does anybody notice?\ntime = \"14m\"\ndo = \"crash\"\n\
         target = \"worker-2\"\n",
    );
    text.push_str(&expected(survives));
    Case { file: format!("{}-managers-{name}.toml", row.managers), text }
}

/// Where managers and a few workers stand: zones are a, b, c, …
fn machines(row: &Row, zones: u32) -> String {
    let mut text = String::new();
    for (letter, count) in ('a'..).zip(&row.split) {
        text.push_str(&format!(
            "\n[[cluster.nodes]]\nname = \"manager-{letter}\"\nrole = \"manager\"\ncount = {count}\n\
             availability = \"drain\"\nzones = [\"{letter}\"]\n"
        ));
    }
    let letters: Vec<String> = ('a'..).take(zones as usize).map(|letter| format!("\"{letter}\"")).collect();
    text.push_str(&format!(
        "\n[[cluster.nodes]]\nname = \"worker\"\ncount = {}\nzones = [{}]\n",
        zones.max(2) * 2,
        letters.join(", ")
    ));
    text
}

fn blows(row: &Row, blow: Blow) -> String {
    let crash = |time: &str, target: &str, lasts: u64, why: &str| {
        let head = format!("{:<40}# {why}", "[[at]]");
        format!("\n{head}\ntime = \"{time}\"\ndo = \"crash\"\ntarget = {target}\nfor = \"{lasts}m\"\n")
    };
    match blow {
        Blow::Zone => crash("10m", "{ zone = \"a\" }", LASTS, "the largest zone, workers and all"),
        Blow::Maintenance => {
            let second = if row.split[0] > 1 { "\"manager-a-2\"" } else { "\"manager-b-1\"" };
            let away = crash("2m", "\"manager-a-1\"", 3 * LASTS, "maintenance");
            away + &crash("10m", second, LASTS, "bad luck")
        }
    }
}

/// A leader that is alone goes on for 10 to 20 s, and an election takes about as long.
fn expected(survives: bool) -> String {
    let leaderless = match survives {
        true => "at_most = \"1m\"".to_owned(),
        false => format!("at_least = \"{}m30s\"\nat_most = \"{}m\"", LASTS - 1, LASTS + 1),
    };
    format!(
        "\n[[expect]]\nmetric = \"managers.leaderless\"\n{leaderless}\n\n[[expect]]\nmetric = \"service.web.running\"\nequals = 12\n"
    )
}
