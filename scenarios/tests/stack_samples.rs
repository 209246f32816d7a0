//! The stacks that come with the library, and what a reading tells beside the stack.

use swarmbed_scenarios::stack::{Environment, Mode, MountKind, PortMode, Reading, Service, read};

fn sample(name: &str, environment: &Environment) -> Reading {
    let path = format!("{}/stacks/{name}.yml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the sample can be read");
    read(name, &text, environment).unwrap_or_else(|trouble| panic!("{trouble:#}"))
}

fn service<'r>(reading: &'r Reading, name: &str) -> &'r Service {
    reading.stack.services.iter().find(|service| service.name == name).expect("the service is there")
}

const SECOND: u64 = 1_000_000_000;

#[test]
fn voting_app() {
    let reading = sample("voting-app", &Environment::new());
    let names: Vec<&str> = reading.stack.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["db", "redis", "result", "vote", "worker"]);
    assert!(reading.notices.is_empty(), "{:?}", reading.notices);

    let vote = service(&reading, "vote");
    assert_eq!(vote.deploy.replicas, Some(6));
    assert_eq!((vote.ports[0].published, vote.ports[0].target), (Some(5000), 80));
    assert_eq!(vote.deploy.reservations.as_ref().expect("reserved").nano_cpus, SECOND / 4);
    assert_eq!(vote.deploy.update_config.as_ref().expect("said").delay, 10 * SECOND);
    assert_eq!(vote.stop_grace_period, Some(5 * SECOND));
    assert_eq!(service(&reading, "redis").networks["front"].aliases, ["queue"]);
    let db = service(&reading, "db");
    assert_eq!(db.deploy.placement.constraints, ["node.role == worker"]);
    assert_eq!((&db.mounts[0].kind, db.mounts[0].source.as_deref()), (&MountKind::Volume, Some("votes")));
    assert!(reading.stack.networks["back"].internal);
}

#[test]
fn whoami() {
    let reading = sample("whoami", &Environment::new());
    assert_eq!(service(&reading, "whoami").ports[0].published, Some(4567));
    let ignored: Vec<String> = reading.ignored.iter().map(ToString::to_string).collect();
    assert_eq!(ignored, ["services.*.command (whoami)"]);
}

#[test]
fn monitoring() {
    let reading = sample("monitoring", &Environment::new());
    let agent = service(&reading, "node-agent");
    assert_eq!(agent.deploy.mode, Some(Mode::Global));
    assert_eq!(agent.deploy.limits.as_ref().expect("merged in").memory, 128 << 20);
    assert_eq!(agent.ports[0].mode, Some(PortMode::Host));
    let other = service(&reading, "container-agent");
    assert_eq!(other.deploy.limits.as_ref().expect("written over what is merged").memory, 512 << 20);
    let collector = service(&reading, "collector");
    assert_eq!(collector.deploy.replicas, Some(2));
    assert_eq!(collector.deploy.placement.preferences, ["node.labels.zone"]);
    assert_eq!(collector.image.as_deref(), Some("example/collector:2"));
    assert_eq!(collector.healthcheck.as_ref().expect("said").start_period, Some(90 * SECOND));

    let mut environment = Environment::new();
    environment.set("COLLECTORS", "5");
    environment.set("PORT", "8080");
    let reading = sample("monitoring", &environment);
    assert_eq!(service(&reading, "collector").deploy.replicas, Some(5));
    assert_eq!(service(&reading, "dashboard").ports[0].published, Some(8080));
}

#[test]
fn a_reading_tells_what_it_took_for_granted() {
    let text = "
services:
  a:
    image: x:$TAG
    env_file: [a.env, b.env]
    ports: ['127.0.0.1:80:80']
    hostname: '{{.Node.Hostname}}'
    restart: on-failure:3
    cap_add: [NET_ADMIN]
    networks: {out: {ipv4_address: 10.0.0.2}}
    secrets: [key]
    labels: ['user=${USER?who}']
  b: {image: y, cap_add: [ALL], healthcheck: {test: curl x, disable: false}}
networks:
  out: {external: true, name: proxy}
secrets: {key: {external: true}}
volumes: {old: {external: {name: older}}}
configs: {c: {external: true}}
---
services: {}
";
    let reading = read("s.yml", text, &Environment::new()).expect("a good file");
    let ignored: Vec<String> = reading.ignored.iter().map(ToString::to_string).collect();
    assert_eq!(
        ignored,
        [
            "services.*.cap_add (a, b)",
            "services.*.env_file (a)",
            "services.*.hostname (a)",
            "services.*.labels (a)",
            "services.*.networks.*.ipv4_address (a)",
            "services.*.ports (host address) (a)",
        ]
    );
    assert_eq!(
        reading.notices,
        [
            "variables without a value or default read as nothing: TAG",
            "required variables that decide nothing simulated stand as <USER>",
            "only the first document of the file is read, as Docker does",
            "env files are not opened, their values decide nothing simulated: a.env, b.env",
        ]
    );
    assert_eq!(reading.externals.networks, ["proxy"]);
    assert_eq!(reading.externals.volumes, ["older"]);
    assert_eq!(reading.externals.secrets, ["key"]);
    assert_eq!(reading.externals.configs, ["c"]);
    assert_eq!(service(&reading, "a").restart_policy().expect("the old key").max_attempts, Some(3));
    assert_eq!(service(&reading, "b").healthcheck.as_ref().expect("said").test, ["CMD-SHELL", "curl x"]);
}
