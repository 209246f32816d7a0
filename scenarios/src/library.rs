//! The scenario library, embedded: an installed binary can list, run and copy it anywhere.

use crate::scenario::{Loader, Source};

/// Files that stand beside this crate's sources, by their path below the library.
macro_rules! files {
    ($($path:literal,)*) => {
        &[$(File { path: $path, text: include_str!(concat!("../", $path)) }),*]
    };
}

/// A file of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path below the library, such as `basics/voting-app.toml`.
    pub path: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// Every file by theme, sorted.
pub const FILES: &[File] = files![
    "basics/voting-app.toml",
    "basics/walkthrough.toml",
    "faults/a-bad-month.toml",
    "faults/outages.csv",
    "faults/recorded.toml",
    "incidents/blip-vs-crash.toml",
    "incidents/data-held.toml",
    "incidents/data-left-behind.toml",
    "incidents/drain-last-copy.toml",
    "incidents/host-port-update-deadlock.toml",
    "incidents/leader-poweroff.toml",
    "incidents/limit-is-not-reservation.toml",
    "incidents/partition-duplicates.toml",
    "incidents/quorum-replaced-and-demoted.toml",
    "incidents/quorum-replaced-but-counted.toml",
    "incidents/quorum-rolling-demote.toml",
    "incidents/quorum-rolling-replace.toml",
    "incidents/quorum-three-managers.toml",
    "incidents/quorum-two-managers.toml",
    "incidents/quorum-zone-loss.toml",
    "incidents/quorum-zone-survived.toml",
    "incidents/rejoin-skew.toml",
    "incidents/replicas-exceed-labelled-nodes.toml",
    "incidents/rolling-update-in-time.toml",
    "incidents/rolling-update-stale-backend.toml",
    "incidents/spread-ignores-reservation.toml",
    "incidents/spread-unequal-nodes.toml",
    "incidents/update-drain-scale-gently.toml",
    "incidents/update-drain-scale.toml",
    "managers/all-managers-lost.toml",
    "managers/cut-in-two.toml",
    "managers/force-new-cluster.toml",
    "managers/leader-cut-off.toml",
    "managers/leader-lost-of-five.toml",
    "managers/leader-lost-of-seven.toml",
    "managers/leader-lost-of-three.toml",
    "managers/rolling-upgrade.toml",
    "managers/slow-disk.toml",
    "managers/two-of-three-lost.toml",
    "managers/zone-lost-in-maintenance.toml",
    "mesh/data-cut.toml",
    "mesh/drain-then-reboot.toml",
    "mesh/gossip-cut.toml",
    "mesh/gossip-udp-cut.toml",
    "mesh/load-test.toml",
    "mesh/management-cut.toml",
    "mesh/morning-requests.csv",
    "mesh/names-dnsrr.toml",
    "mesh/names-vip.toml",
    "mesh/proxy-routes.toml",
    "mesh/proxy-stale.toml",
    "mesh/proxy-without-leader.toml",
    "mesh/rack-lost.toml",
    "mesh/reboot.toml",
    "mesh/spread-or-packed.toml",
    "mesh/trace.toml",
    "mesh/two-networks.toml",
    "mesh/update-with-gate.toml",
    "mesh/update-without-gate.toml",
    "mesh/whoami.toml",
    "mesh/worker-dies-without-quorum.toml",
    "quirks/over-asking-preferences.toml",
    "quirks/uneven-start.toml",
    "scale/steady-arrivals.toml",
    "scale/thousand-nodes.toml",
    "stacks/monitoring.yml",
    "stacks/voting-app.yml",
    "stacks/whoami.yml",
    "updates/addresses-exhausted.toml",
    "updates/continued.toml",
    "updates/health-gate.toml",
    "updates/paused.toml",
    "updates/rolled-back.toml",
    "updates/rolling.toml",
    "updates/stall.toml",
    "workloads/archive-trace.toml",
    "workloads/big-tasks-starve.toml",
    "workloads/herding.toml",
    "workloads/laboratory.swf",
    "workloads/mixed-batch-and-services.toml",
    "workloads/mixed-jobs.toml",
    "workloads/priority-inversion.toml",
];

/// A scenario to start from, which runs as it is: what `init` writes.
pub const TEMPLATE: &str = include_str!("template.toml");

impl File {
    /// Its folder: what it is about.
    pub fn theme(&self) -> &'static str {
        self.path.split_once('/').map_or("", |(theme, _)| theme)
    }

    /// Its name without folder and ending, by which it can be called if no other file has it.
    pub fn name(&self) -> &'static str {
        let file = self.path.rsplit('/').next().unwrap_or(self.path);
        file.split_once('.').map_or(file, |(name, _)| name)
    }

    /// Whether it is a scenario; otherwise it is a stack file, or a list of arrivals.
    pub fn is_scenario(&self) -> bool {
        self.path.ends_with(".toml")
    }

    /// Whether it is a stack file.
    pub fn is_stack(&self) -> bool {
        self.path.ends_with(".yml")
    }

    /// What it shows, in one line: a scenario's title, the first comment of any other file.
    pub fn title(&self) -> &'static str {
        let title = |line: &'static str| match self.is_scenario() {
            true => line.strip_prefix("title = \"")?.strip_suffix('"'),
            false => line.strip_prefix("# ").or_else(|| line.strip_prefix("; ")),
        };
        self.text.lines().find_map(title).unwrap_or("")
    }

    /// What to look for: the comment that the file begins with, line by line without the mark of a comment.
    pub fn about(&self) -> impl Iterator<Item = &'static str> {
        let comment = self.text.lines().map_while(|line| line.strip_prefix(['#', ';']));
        comment.map(|line| line.strip_prefix(' ').unwrap_or(line))
    }
}

/// The file of that path or name. A path may begin with `scenarios/`, as it does in a checkout, and may lack its ending.
pub fn find(name: &str) -> Option<&'static File> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = name.strip_prefix("scenarios/").unwrap_or(name);
    let bare = name.strip_suffix(".toml").unwrap_or(name);
    let by_path =
        FILES.iter().find(|file| file.path == name || file.path.strip_suffix(".toml") == Some(bare));
    by_path.or_else(|| FILES.iter().filter(|file| file.is_scenario()).find(|file| file.name() == bare))
}

/// Loads what a scenario of the library refers to.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// The scenario's path below the library.
    pub scenario: &'a str,
}

impl Loader for Beside<'_> {
    fn load(&self, path: &str) -> Result<Source, String> {
        let folder = self.scenario.rsplit_once('/').map_or("", |(folder, _)| folder);
        let full = resolved(folder, path).ok_or("lies outside the library")?;
        let file = FILES.iter().find(|file| file.path == full);
        let file = file.ok_or("is not a file of the library")?;
        Ok(Source { name: file.path.to_owned(), text: file.text.into() })
    }
}

/// `path` seen from `folder`, both below the library; `None` if it leads out of it.
fn resolved(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_path_and_by_name() {
        let path = |name| find(name).map(|file| file.path);
        assert_eq!(path("basics/voting-app.toml"), Some("basics/voting-app.toml"));
        assert_eq!(path("./scenarios/basics/voting-app.toml"), Some("basics/voting-app.toml"));
        assert_eq!(path("basics/voting-app"), Some("basics/voting-app.toml"));
        assert_eq!(path("voting-app"), Some("basics/voting-app.toml"));
        assert_eq!(path("stacks/voting-app.yml"), Some("stacks/voting-app.yml"));
        assert_eq!(path("voting"), None);
    }

    #[test]
    fn paths_stay_inside() {
        let beside = Beside { scenario: "basics/voting-app.toml" };
        assert_eq!(beside.load("../stacks/voting-app.yml").unwrap().name, "stacks/voting-app.yml");
        assert_eq!(beside.load("../../etc/passwd").unwrap_err(), "lies outside the library");
        assert_eq!(beside.load("voting-app.yml").unwrap_err(), "is not a file of the library");
    }

    #[test]
    fn every_scenario_says_what_it_shows() {
        for file in FILES {
            assert!(!file.title().is_empty(), "{} has no title in a line of its own", file.path);
            assert!(file.about().count() > 0, "{} does not begin with a comment", file.path);
        }
    }

    #[test]
    fn nothing_on_disk_is_missing() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        for theme in FILES.iter().map(File::theme).collect::<std::collections::BTreeSet<_>>() {
            for entry in std::fs::read_dir(root.join(theme)).expect("the theme is a folder") {
                let name = entry.expect("the folder can be read").file_name();
                found.push(format!("{theme}/{}", name.to_string_lossy()));
            }
        }
        found.sort();
        let listed: Vec<&str> = FILES.iter().map(|file| file.path).collect();
        assert_eq!(found, listed, "a file beside the sources is not in the list, or the list is not sorted");
    }
}
