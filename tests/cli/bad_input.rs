//! Inputs that must not hurt: exit code 2, a message that says what to do, nothing on standard output, nothing written.

use super::{arg, file, folder, swarmbed};

/// A scenario that can be run; `patch` replaces a part of it.
fn scenario(from: &str, to: &str) -> String {
    let text = r#"title = "One worker"
[run]
duration = "5m"
[cluster]
[[cluster.nodes]]
name = "manager"
role = "manager"
[[cluster.nodes]]
name = "worker"
cpu = "4"
zones = ["a"]
[[service]]
name = "web"
image = "example/web"
replicas = 2
[[at]]
time = "1m"
do = "scale"
service = "web"
replicas = 3
[[expect]]
metric = "tasks.running"
equals = 3
"#;
    assert!(text.contains(from), "nothing to replace: {from}");
    text.replace(from, to)
}

#[test]
fn the_scenario_itself_is_fine() {
    let folder = folder();
    let path = file(&folder, "s.toml", scenario("5m", "5m"));
    let ran = swarmbed(&["run", arg(&path)]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
}

#[test]
fn mistakes_in_a_scenario_are_placed_and_helped() {
    let rows = [
        ("replicas = 2", "replcas = 2", "replicas"),
        ("\"5m\"", "5", "unit"),
        ("\"5m\"", "\"-5m\"", "-5m"),
        ("\"5m\"", "\"9000000000000000d\"", "s.toml"),
        ("[run]", "[run]\nstrategy = \"swarm-spred\"", "swarm-spread"),
        ("service = \"web\"", "service = \"wbe\"", "web"),
        ("metric = \"tasks.running\"", "metric = \"tasks.runing\"", "tasks.running"),
        ("time = \"1m\"", "time = \"10m\"", "end"),
        (
            "do = \"scale\"\nservice = \"web\"\nreplicas = 3",
            "do = \"crash\"\ntarget = { zone = \"q\" }",
            "'q'",
        ),
        ("cpu = \"4\"", "cpu = \"4\"\nlabels = 7", "labels"),
        ("title = \"One worker\"", "title = \"One worker", "s.toml"),
        ("replicas = 2", "replicas = -2", "-2"),
        ("do = \"scale\"", "do = \"scael\"", "scale"),
    ];
    for (from, to, said) in rows {
        let folder = folder();
        let path = file(&folder, "s.toml", scenario(from, to));
        let ran = swarmbed(&["run", arg(&path)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{to}: {}", ran.err);
        assert!(ran.err.contains(said), "{to}: {}", ran.err);
        assert!(ran.err.contains("s.toml:"), "{to} has no place: {}", ran.err);
    }
}

#[test]
fn what_is_no_scenario_at_all_is_refused() {
    let folder = folder();
    let rows: [(&str, Vec<u8>); 4] = [
        ("empty.toml", Vec::new()),
        ("binary.toml", (0..=255).collect()),
        ("nul.toml", b"title = \"a\0b\"".to_vec()),
        ("deep.toml", "[".repeat(20_000).into_bytes()),
    ];
    for (name, content) in rows {
        let path = file(&folder, name, content);
        let ran = swarmbed(&["run", arg(&path)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }
}

#[test]
fn what_is_no_stack_file_at_all_is_refused() {
    let folder = folder();
    let rows: [(&str, Vec<u8>); 6] = [
        ("empty.yml", Vec::new()),
        ("binary.yml", (0..=255).collect()),
        ("deep.yml", "[".repeat(20_000).into_bytes()),
        ("cycle.yml", b"services: &a\n  web: *a\n".to_vec()),
        ("port.yml", b"services: {web: {image: x, ports: ['99999:80']}}".to_vec()),
        ("variable.yml", b"services: {web: {image: x, deploy: {replicas: '${N?how many}'}}}".to_vec()),
    ];
    for (name, content) in rows {
        let path = file(&folder, name, content);
        for verb in [&["run", "--stack"][..], &["stack"]] {
            let ran = swarmbed(&[verb, &[arg(&path)]].concat());
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
            assert!(ran.err.contains(name), "{name}: {}", ran.err);
        }
    }
}

#[test]
fn lists_of_any_kind_do_not_hurt() {
    let folder = folder();
    let list = |name: &str| format!("[[workload]]\nname = \"jobs\"\nfile = \"{name}\"\n[[at]]");
    let rows: [(&str, &[u8], &str); 7] = [
        ("late.csv", b"time,duration\n7,1\n5,1\n", "late.csv:3:1"),
        ("columns.csv", b"time,duration,memroy\n", "did you mean 'memory'?"),
        ("empty.csv", b"", "the list is empty"),
        ("binary.csv", &[255, 0, 10, 13, 44], "binary.csv:1:1"),
        ("quote.csv", b"time,duration\n1,\"2\n", "quote.csv:2:1"),
        ("job.swf", b"; jobs\n1 2 3\n", "job.swf:2:1"),
        ("none.swf", b"; no job at all\n", "none.swf"),
    ];
    for (name, content, said) in rows {
        file(&folder, name, content);
        let path = file(&folder, "s.toml", scenario("[[at]]", &list(name)));
        let ran = swarmbed(&["run", arg(&path)]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{name}: {}", ran.err);
        assert!(ran.err.contains(said), "{name}: {}", ran.err);
    }
    let path = file(&folder, "s.toml", scenario("[[at]]", &list("/dev/null")));
    let ran = swarmbed(&["run", arg(&path)]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains("is not a plain file"), "{}", ran.err);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let folder = folder();
    let path = file(&folder, "s.toml", scenario("name = \"web\"", "name = \"w\\u001b[31meb\""));
    let ran = swarmbed(&["run", arg(&path)]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
    let path =
        file(&folder, "t.toml", scenario("title = \"One worker\"", "title = \"One\\u001b[31m <b>worker\""));
    for format in ["text", "json", "markdown", "csv"] {
        let ran = swarmbed(&["run", arg(&path), "--format", format]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!ran.out.contains('\u{1b}'), "{format}: {:?}", ran.out);
    }
}

#[test]
fn places_that_hold_no_file_are_named() {
    let folder = folder();
    let rows: [(&[&str], &str); 9] = [
        (&["run", "workloads/laboratory.swf"], "is a list of arrivals"),
        (&["run", arg(folder.path())], "is a folder"),
        (&["run", "no/such/file.toml"], "there is no file"),
        (&["run", "basics/voting-ap"], "did you mean 'basics/voting-app'"),
        (&["run", "stacks/whoami.yml"], "--stack"),
        (&["run", "--stack", arg(folder.path())], "is a folder"),
        (&["stack", "no-such-file.yml"], "there is no file"),
        (&["conform", "Cargo.toml"], "a recording begins with"),
        (&["replay", "basics/walkthrough", "--against", "no-such-folder"], "no-such-folder"),
    ];
    for (args, said) in rows {
        let ran = swarmbed(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
}

#[test]
fn mistakes_on_the_command_line_are_the_users() {
    let rows: [(&[&str], &str); 24] = [
        (&[], "Usage"),
        (&["rnu"], "rnu"),
        (&["run"], "FILE"),
        (&["run", "basics/walkthrough", "--strategy", "spred"], "spread"),
        (&["run", "basics/walkthrough", "--seed", "-3"], "-3"),
        (&["run", "basics/walkthrough", "--nodes", "4"], "--nodes"),
        (&["run", "--stack", "stacks/whoami.yml", "--nodes", "2", "--managers", "3"], "3 managers"),
        (&["run", "--stack", "stacks/whoami.yml", "--cpu", "8x"], "8x"),
        (&["run", "--stack", "stacks/whoami.yml", "--memory", "lots"], "lots"),
        (&["run", "--stack", "stacks/whoami.yml", "--node-label", "disk"], "KEY=VALUE"),
        (&["run", "--stack", "stacks/whoami.yml", "--env", "TAG"], "TAG"),
        (&["inspect", "basics/walkthrough", "--at", "12", "node", "ls"], "12m"),
        (&["inspect", "basics/walkthrough", "service", "ps", "whoam"], "whoami"),
        (&["explain", "basics/walkthrough", "--task", "whoami"], "SERVICE.SLOT"),
        (&["plan", "managers", "--managers", "3..12"], "1..9"),
        (&["plan", "managers", "--mttr", "0s"], "between 1s and 3650d"),
        (&["plan", "managers", "--zone-outages", "often"], "1/yr"),
        (&["plan", "managers", "--mttf", "1h"], "more than a tenth"),
        (&["plan", "managers", "--zone-outages", "1/d"], "--zone-repair '4h'"),
        (&["plan", "managers", "--lost", "5"], "such as 5%"),
        (&["plan", "managers", "--operations", "100"], "100/d"),
        (&["plan", "managers", "--step", "1s"], "between 1m and 7d"),
        (&["plan", "managers", "--price", "-4"], "39.90"),
        (&["plan", "managers", "--zones", "5", "--splits", "all"], "--splits even"),
    ];
    for (args, said) in rows {
        let ran = swarmbed(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
    }
}
