//! `inspect` and `explain`: a run that stands still is looked at.

use super::{arg, file, folder, swarmbed};

fn lines(args: &[&str]) -> Vec<String> {
    let ran = swarmbed(args);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    ran.out.lines().map(str::to_owned).collect()
}

/// What is printed, wherever its lines are broken.
fn words(args: &[&str]) -> String {
    lines(args).iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}

#[test]
fn tables_have_dockers_columns_and_words() {
    let at = |time, what: &[&'static str]| {
        lines(&[&["inspect", "basics/walkthrough", "--at", time], what].concat())
    };
    let nodes = at("5m30s", &["node", "ls"]);
    assert_eq!(nodes[0], "ID        HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION");
    assert!(nodes[1].starts_with("manager   manager    Ready     Active         Reachable"), "{nodes:?}");
    assert!(nodes[2].starts_with("worker    worker     Down      Active"), "{nodes:?}");
    let services = at("2m", &["service", "ls"]);
    assert_eq!(
        services[0].split_whitespace().collect::<Vec<_>>(),
        ["ID", "NAME", "MODE", "REPLICAS", "IMAGE", "PORTS"]
    );
    assert!(services[1].contains("replicated   3/3"), "{services:?}");
}

#[test]
fn history_stands_beneath_the_task_that_replaced_it() {
    let tasks = lines(&["inspect", "basics/walkthrough", "--at", "5m30s", "service", "ps", "whoami"]);
    assert!(tasks[0].contains("DESIRED STATE   CURRENT STATE"), "{tasks:?}");
    let old = tasks.iter().position(|t| t.contains(" \\_ whoami.")).expect("the lost task is shown");
    assert!(tasks[old].contains("worker    Shutdown        Running 5 minutes ago"), "{tasks:?}");
    assert!(tasks[old - 1].contains("manager   Running         Running 10 seconds ago"), "{tasks:?}");
    let on_worker = lines(&["inspect", "basics/walkthrough", "--at", "5m30s", "node", "ps", "worker"]);
    assert_eq!(on_worker.len(), 2, "its heading and the one task: {on_worker:?}");
}

#[test]
fn looking_later_than_the_end_says_so() {
    let ran = swarmbed(&["inspect", "basics/walkthrough", "--at", "9h", "node", "ls"]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("the run ended at 15m00s"), "{}", ran.err);
}

#[test]
fn every_decision_about_a_task_is_explained() {
    let page = lines(&["explain", "basics/voting-app", "--task", "vote_vote.3"]).join("\n");
    for said in [
        "placed on worker-",
        "ready removed every manager",
        "winner ",
        "runner-up ",
        "tie rule alone decided",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let early = lines(&["explain", "basics/voting-app", "--task", "vote_vote.3", "--at", "1m"]);
    assert!(early.len() < page.lines().count(), "what was decided later is not shown");
}

#[test]
fn a_misspelt_label_is_noticed() {
    let folder = folder();
    let stack = "services: {web: {image: x, deploy: {placement: {constraints: [rack == a]}}}}";
    let path = file(&folder, "s.yml", stack);
    let label = ["--nodes", "3", "--managers", "1", "--node-label", "rack=a"];
    let page = words(&[&["explain", "--stack", arg(&path), "--task", "s_web.1"], &label[..]].concat());
    assert!(page.contains("did you mean `node.labels.rack`?"), "{page}");
    assert!(page.contains("constraint removed node-01, node-02 and node-03"), "{page}");
    assert!(page.contains("refused: no node passes every filter"), "{page}");
    let run = words(&[&["run", "--stack", arg(&path)], &label[..]].concat());
    assert!(run.contains("did you mean `node.labels.rack`?"), "where it waits, it says so too: {run}");
}
