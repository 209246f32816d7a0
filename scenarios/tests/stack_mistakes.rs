//! What a user is told about a stack file that cannot be used: the place, what is there, what was expected.

use swarmbed_scenarios::stack::{Environment, read, understand};

/// `text` is refused in these words.
fn check(text: &str, expect: &str) {
    match read("s.yml", text, &Environment::new()) {
        Ok(reading) => panic!("{text:?} is read: {}", reading.stack.to_json()),
        Err(trouble) => assert_eq!(format!("{trouble:#}"), expect, "{text:?}"),
    }
}

/// One service with `keys` in it, in block style from line 3 on.
fn check_service(keys: &str, expect: &str) {
    let indented: String = keys.lines().map(|line| format!("    {line}\n")).collect();
    check(&format!("services:\n  web:\n{indented}    image: nginx\n"), expect);
}

#[test]
fn the_file_as_a_whole() {
    let begin = "help: a stack file begins with services:, and each service has an image";
    check("", &format!("s.yml:1:1: the file is empty\n  {begin}"));
    check("# nothing\n", &format!("s.yml:1:1: the file is empty\n  {begin}"));
    check("[a]", &format!("s.yml:1:1: found a list, expected a mapping\n  {begin}"));
    let none = "there is no service in this file\n  help: write at least one under services:, such as web: with image: nginx";
    check("volumes: {}", &format!("s.yml:1:1: {none}"));
    check("services: {}", &format!("s.yml:1:1: {none}"));
    check("services:", "s.yml:1:9: services: found nothing, expected a mapping");
    check("service: {}", "s.yml:1:1: unknown key 'service'\n  help: did you mean 'services'?");
    check(
        "services: {web: {image: x}}\nvolumes: {}\nservices: {}",
        "s.yml:3:1: the key 'services' stands twice in one mapping\n  help: keep one of the two",
    );
}

#[test]
fn versions() {
    let help = "help: docker stack reads version 3 only; without the line it takes the latest";
    check(
        "version: '2.1'",
        &format!("s.yml:1:10: version: found \"2.1\", expected \"3\" or \"3.0\" to \"3.13\"\n  {help}"),
    );
    check(
        "version: 3.8",
        "s.yml:1:10: version: found the number 3.8, expected a text\n  help: put it in quotes: \"3.8\"",
    );
    check(
        "version: '3.3'\nservices: {web: {image: x, init: true}}",
        "s.yml:2:28: services.web.init: this key came with version 3.7, and this file is version 3.3\n  help: write version: \"3.7\" or later, or leave the version out",
    );
    check(
        "version: '3.3'\nx-a: 1\nservices: {web: {image: x}}",
        "s.yml:2:1: x-a: this key came with version 3.4, and this file is version 3.3\n  help: write version: \"3.4\" or later, or leave the version out",
    );
}

#[test]
fn keys_of_a_service() {
    check_service("imgae: x", "s.yml:3:5: services.web: unknown key 'imgae'\n  help: did you mean 'image'?");
    check_service(
        "zzz: x",
        "s.yml:3:5: services.web: unknown key 'zzz'\n  help: docker stack knows no such key here; keys of your own begin with x-",
    );
    check_service(
        "mem_limit: 1g",
        "s.yml:3:5: services.web: unknown key 'mem_limit'\n  help: limit memory under deploy.resources.limits",
    );
    check_service(
        "depends_on: {db: {condition: service_started}}",
        "s.yml:3:17: services.web.depends_on: found a mapping, expected a list\n  help: start each entry with '- '; docker stack knows no mapping here",
    );
    check_service(
        "environment:\n  DEBUG: true",
        "s.yml:4:14: services.web.environment.DEBUG: found true, expected a text, a number or nothing\n  help: put it in quotes: \"true\"",
    );
    check_service(
        "command: echo 'hi",
        "s.yml:3:14: services.web.command: a ' is not closed in the command\n  help: close it, or write the command as a list",
    );
    check_service(
        "cap_add: [A, B, A]",
        "s.yml:3:21: services.web.cap_add[2]: the text \"A\" stands twice in this list\n  help: remove one of the two",
    );
    check_service(
        "restart: sometimes",
        "s.yml:3:14: services.web.restart: found the text \"sometimes\", expected no, always, unless-stopped, on-failure or on-failure:3",
    );
    check(
        "services: {a b: {image: x}}",
        "s.yml:1:12: services: 'a b' is no name, expected letters, digits, '.', '_' and '-'",
    );
    check(
        "services: {web: {build: .}}",
        "s.yml:1:17: services.web: 'image' is missing\n  help: docker stack builds nothing: name an image",
    );
}

#[test]
fn deploy() {
    let deploy = |keys: &str, expect: &str| check_service(&format!("deploy:\n  {keys}"), expect);
    deploy(
        "replica: 3",
        "s.yml:4:7: services.web.deploy: unknown key 'replica'\n  help: did you mean 'replicas'?",
    );
    deploy(
        "replicas: three",
        "s.yml:4:17: services.web.deploy.replicas: found the text \"three\", expected a whole number that is not negative",
    );
    deploy(
        "replicas: '3'",
        "s.yml:4:17: services.web.deploy.replicas: found the text \"3\", expected a whole number that is not negative\n  help: write 3 without quotes",
    );
    deploy(
        "replicas: -1",
        "s.yml:4:17: services.web.deploy.replicas: found the number -1, expected a whole number that is not negative",
    );
    deploy(
        "mode: globl",
        "s.yml:4:13: services.web.deploy.mode: found the text \"globl\", expected replicated, global, replicated-job or global-job\n  help: did you mean 'global'?",
    );
    deploy(
        "{mode: global, replicas: 2}",
        "s.yml:4:32: services.web.deploy.replicas: a global service runs once on every node and has no 'replicas'\n  help: remove 'replicas', or write mode: replicated",
    );
    deploy(
        "resources: {limits: {cpus: 0.5}}",
        "s.yml:4:34: services.web.deploy.resources.limits.cpus: found the number 0.5, expected a text\n  help: put it in quotes: \"0.5\"",
    );
    deploy(
        "resources: {limits: {cpus: half}}",
        "s.yml:4:34: services.web.deploy.resources.limits.cpus: found the text \"half\", expected a number of CPUs such as \"0.5\", with at most nine decimals",
    );
    deploy(
        "resources: {limits: {memory: 5X}}",
        "s.yml:4:36: services.web.deploy.resources.limits.memory: found the text \"5X\", expected a size such as 512M or 1.5g",
    );
    deploy(
        "resources: {reservations: {memory: 1M}}",
        "s.yml:4:42: services.web.deploy.resources.reservations.memory: found the text \"1M\", expected at least 4M",
    );
    deploy(
        "restart_policy: {delay: 10}",
        "s.yml:4:31: services.web.deploy.restart_policy.delay: found the number 10, expected a duration such as 10s, 1m30s or 500ms\n  help: a unit is missing: write 10s for seconds",
    );
    deploy(
        "restart_policy: {condition: always}",
        "s.yml:4:35: services.web.deploy.restart_policy.condition: found the text \"always\", expected none, on-failure or any",
    );
    deploy(
        "update_config: {order: start}",
        "s.yml:4:30: services.web.deploy.update_config.order: found the text \"start\", expected start-first or stop-first",
    );
    deploy(
        "placement: {constraints: node.role == manager}",
        "s.yml:4:32: services.web.deploy.placement.constraints: found the text \"node.role == manager\", expected a list\n  help: start each entry with '- '",
    );
}

#[test]
fn ports_and_mounts() {
    let help = "help: write \"8080:80\", \"80\", \"8080:80/udp\" or \"3000-3005:3000-3005\"";
    check_service(
        "ports: ['a:b']",
        &format!(
            "s.yml:3:13: services.web.ports[0]: the text \"a:b\" is no port: 'b' is no number from 0 to 65535\n  {help}"
        ),
    );
    check_service(
        "ports: [80, {target: http}]",
        "s.yml:3:26: services.web.ports[1].target: found the text \"http\", expected a whole number from 0 to 65535",
    );
    check(
        "services: {a: {image: x, ports: ['80:1']}, b: {image: x, ports: ['80:2']}}",
        "s.yml:1:66: services.b.ports[0]: port 80 is already published by the service 'a'\n  help: publish another port, or use mode: host",
    );
    let many: String = (0..10).map(|n| format!("a{n}: {{image: x, ports: [1-65000]}}, ")).collect();
    check(
        &format!("services: {{{many}}}"),
        "s.yml:1:137: services.a3.ports[0]: more than 200000 ports in one file",
    );
    check_service(
        "volumes: ['/a:/b:ro:rw']",
        "s.yml:3:15: services.web.volumes[0]: the text \"/a:/b:ro:rw\" is no volume: there are too many colons\n  help: write \"name:/path\", \"/path/on/node:/path\" or \"name:/path:ro\"",
    );
    check_service(
        "volumes: ['/a:/x', '/b:/x']",
        "s.yml:3:24: services.web.volumes[1]: something is mounted at /x already",
    );
    check_service(
        "volumes: [{type: bind, target: /x}]",
        "s.yml:3:15: services.web.volumes[0]: 'source' is missing: the path on the node that is mounted",
    );
}

#[test]
fn names_that_are_not_declared() {
    let help = |kind: &str| {
        format!("help: declare it under the top-level '{kind}s', with external: true if it exists already")
    };
    check_service(
        "networks: [front]",
        &format!(
            "s.yml:3:16: services.web.networks[0]: the network 'front' is not declared\n  {}",
            help("network")
        ),
    );
    check_service(
        "volumes: ['data:/d']",
        &format!(
            "s.yml:3:15: services.web.volumes[0]: the volume 'data' is not declared\n  {}",
            help("volume")
        ),
    );
    check_service(
        "secrets: [key]",
        &format!(
            "s.yml:3:15: services.web.secrets[0]: the secret 'key' is not declared\n  {}",
            help("secret")
        ),
    );
    check_service(
        "configs: [{source: c}]",
        &format!("s.yml:3:15: services.web.configs[0]: the config 'c' is not declared\n  {}", help("config")),
    );
    check(
        "services: {a: {image: x, networks: {fornt: }}}\nnetworks: {front: }",
        "s.yml:1:42: services.a.networks.fornt: the network 'fornt' is not declared\n  help: did you mean 'front'?",
    );
}

#[test]
fn declarations() {
    let check =
        |section: &str, expect: &str| check(&format!("services: {{a: {{image: x}}}}\n{section}"), expect);
    check(
        "networks: {n: {external: maybe}}",
        "s.yml:2:26: networks.n.external: found the text \"maybe\", expected true or false\n  help: write true or false, without quotes",
    );
    check(
        "networks: {n: {external: {name: a}, name: b}}",
        "s.yml:2:26: networks.n.external: 'external.name' and 'name' do not go together\n  help: write external: true and 'name'",
    );
    check(
        "volumes: {v: {external: true, driver: x}}",
        "s.yml:2:14: volumes.v: an external volume exists already and takes no 'driver'\n  help: remove 'driver', or external: true",
    );
    check("secrets: {s: }", "s.yml:2:12: secrets.s: found nothing, expected a mapping");
    check(
        "configs: {c: {drivr: x}}",
        "s.yml:2:15: configs.c: unknown key 'drivr'\n  help: docker stack knows here: external, file, labels, name, template_driver",
    );
}

#[test]
fn variables() {
    check_service(
        "deploy: {replicas: '${N?}'}",
        "s.yml:3:24: services.web.deploy.replicas: the required variable N has no value\n  help: it decides what is simulated: give it one with --env N=value or --env-file",
    );
    check_service(
        "user: 100$",
        "s.yml:3:11: services.web.user: '$' begins no variable in \"100$\"\n  help: write $$ for a dollar sign; docker stack knows $X, ${X}, ${X:-default}, ${X-default}, ${X:?message} and ${X?message}",
    );
}

#[test]
fn control_characters_never_reach_the_terminal() {
    check_service(
        "\"im\\e[31mage\": x",
        "s.yml:3:5: services.web: unknown key 'im\\u{1b}[31mage'\n  help: docker stack knows no such key here; keys of your own begin with x-",
    );
    check_service("user: [\"\\0\"]", "s.yml:3:11: services.web.user: found a list, expected a text");
}

#[test]
fn a_file_that_only_the_swarm_refuses_can_still_be_shown() {
    let text = "services: {a: {image: x, networks: [n], deploy: {restart_policy: {condition: always}}}}";
    let reading = understand("s.yml", text, &Environment::new()).expect("docker stack config shows it");
    let refusals: Vec<String> = reading.refusals.iter().map(ToString::to_string).collect();
    assert_eq!(
        refusals,
        [
            "services.a.deploy.restart_policy.condition: found the text \"always\", expected none, on-failure or any",
            "services.a.networks[0]: the network 'n' is not declared",
        ]
    );
    assert_eq!(reading.stack.to_json()["services"]["a"]["deploy"]["restart_policy"]["condition"], "always");
}
