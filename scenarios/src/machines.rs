//! A stack file alone, on machines that are all alike: what `run --stack` plays.

use std::collections::BTreeMap;
use std::sync::Arc;

use swarmbed_scheduler::node::{Availability, Node, NodeState, Platform, Role};
use swarmbed_scheduler::strategy::Strategy;
use swarmbed_scheduler::units::Resources;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::setup::{End, INGRESS, Machine, Network, Setup};

use crate::lower::networks::Networks;
use crate::lower::stacks;
use crate::stack::Reading;
use crate::trouble::Trouble;

/// Machines that are all alike, the first of them managers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machines {
    /// How many.
    pub nodes: u32,
    /// How many of them are managers, which run tasks too.
    pub managers: u32,
    /// Nano-CPUs of each.
    pub nano_cpus: u64,
    /// Bytes of memory of each.
    pub memory: u64,
    /// Labels of each node.
    pub labels: BTreeMap<String, String>,
}

impl Default for Machines {
    /// Twenty with 8 CPUs and 32 GiB, 3 of them managers, without labels.
    fn default() -> Machines {
        Machines {
            nodes: 20,
            managers: 3,
            nano_cpus: 8_000_000_000,
            memory: 32 << 30,
            labels: BTreeMap::new(),
        }
    }
}

/// A stack that is ready to run, and what the user should know about it.
#[derive(Clone)]
pub struct Deployment {
    /// What a simulation is built from.
    pub setup: Setup,
    /// A sentence each: what was read and is not simulated, what was taken as present, what no machine can run.
    pub notices: Vec<String>,
}

/// The longest that a stack without a scenario is watched.
const AT_MOST: Span = Span::secs(600);

/// Deploys a stack at time 0 on `machines` and watches until it has settled, for 10 minutes at most. Its services are
/// called `<stack>_<service>`; `source` is what notices call its file. Nodes are `node-01`, `node-02`, …, with as many
/// digits as the last one needs.
///
/// # Errors
/// There is no machine, no manager, or more managers than machines; or the stack asks for more tasks than there can be.
pub fn deployment(
    source: &str,
    stack: &str,
    reading: &Reading,
    machines: &Machines,
    strategy: Arc<dyn Strategy>,
    seed: u64,
) -> Result<Deployment, Trouble> {
    check(machines)?;
    let mut networks = Networks::default();
    let mut services = stacks::services(&reading.stack, stack, &mut networks)?;
    let mut notices = stacks::notices(source, reading);
    let fleet: Vec<Machine> = (0..machines.nodes).map(|index| machine(machines, index)).collect();
    notices.extend(crate::lower::unplaceable(services.iter(), &fleet));
    let setup = Setup {
        machines: fleet,
        networks: roomy(networks.finish(services.iter_mut()), machines.nodes),
        services,
        ..Setup::empty(source, seed, End::Settled { at_most: SimTime::ZERO + AT_MOST }, strategy)
    };
    Ok(Deployment { setup, notices })
}

/// Whoever builds a large swarm gives it an ingress network in which every node has an address.
fn roomy(mut networks: Vec<Network>, nodes: u32) -> Vec<Network> {
    const FIT_A_24: u32 = 100;
    let ingress = &mut networks[INGRESS as usize];
    ingress.prefix = if nodes > FIT_A_24 { 12 } else { ingress.prefix };
    networks
}

fn check(machines: &Machines) -> Result<(), Trouble> {
    const MOST: u32 = 100_000;
    if machines.managers == 0 {
        return Err(
            Trouble::new("there are 0 managers, a swarm needs at least one").help("write --managers 1")
        );
    }
    if machines.managers > machines.nodes {
        let (managers, nodes) = (machines.managers, machines.nodes);
        return Err(Trouble::new(format!("there are {managers} managers among {nodes} nodes"))
            .help(format!("managers are nodes too: write --nodes {managers} or more, or fewer managers")));
    }
    if machines.nodes > MOST {
        return Err(Trouble::new(format!(
            "there are {} nodes, the most there can be is {MOST}",
            machines.nodes
        )));
    }
    Ok(())
}

fn machine(machines: &Machines, index: u32) -> Machine {
    let digits = machines.nodes.to_string().len().max(2);
    let name = format!("node-{:0digits$}", index + 1);
    let signed = |amount| i64::try_from(amount).unwrap_or(i64::MAX);
    Machine::new(Node {
        hostname: name.clone(),
        name,
        role: if index < machines.managers { Role::Manager } else { Role::Worker },
        availability: Availability::Active,
        state: NodeState::Ready,
        labels: machines.labels.clone(),
        platform: Some(Platform { os: "linux".to_owned(), arch: "x86_64".to_owned() }),
        resources: Resources::new(signed(machines.nano_cpus), signed(machines.memory)),
        ..Node::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Environment, read};

    fn deploy(text: &str, machines: &Machines) -> Result<Deployment, Trouble> {
        let reading = read("web.yml", text, &Environment::new())?;
        let strategy = swarmbed_scheduler::strategy::build("swarm-spread").expect("the default strategy");
        deployment("web.yml", "shop", &reading, machines, Arc::from(strategy), 1)
    }

    #[test]
    fn docker_defaults_fill_what_the_file_leaves_out() {
        let deployment = deploy("services: {web: {image: nginx}}", &Machines::default()).unwrap();
        let service = &deployment.setup.services[0];
        assert_eq!(service.name, "shop_web");
        assert_eq!(service.mode, swarmbed_sim::setup::Mode::Replicated { replicas: 1 });
        assert_eq!(service.restart, swarmbed_sim::setup::RestartPolicy::default());
        assert_eq!(service.stop_grace, Span::secs(10));
        assert_eq!(service.task.network_drivers, ["overlay"]);
        assert!(deployment.notices.is_empty());
    }

    #[test]
    fn machines_are_named_in_order() {
        let machines = Machines { nodes: 120, ..Machines::default() };
        let setup = deploy("services: {web: {image: nginx}}", &machines).unwrap().setup;
        assert_eq!(setup.machines[0].node.name, "node-001");
        assert!(setup.machines.windows(2).all(|pair| pair[0].node.name < pair[1].node.name));
        assert_eq!(setup.machines.iter().filter(|machine| machine.node.role == Role::Manager).count(), 3);
    }

    #[test]
    fn what_is_not_simulated_and_what_has_no_place_is_told() {
        let text = "services: {web: {image: nginx, deploy: {resources: {limits: {cpus: '1'}}, \
                    placement: {constraints: [node.labels.disk == ssd]}}}}";
        let notices = deploy(text, &Machines::default()).unwrap().notices;
        assert_eq!(
            notices,
            [
                "web.yml: read, but not simulated yet: services.*.deploy.resources.limits (web)",
                "no machine can ever run 'shop_web': scheduling constraints not satisfied on 20 nodes; its tasks stay pending",
            ]
        );
    }

    #[test]
    fn a_swarm_has_a_manager() {
        let says = |nodes, managers, message: &str| {
            let machines = Machines { nodes, managers, ..Machines::default() };
            let told = deploy("services: {web: {image: nginx}}", &machines).err().unwrap();
            assert_eq!(told.message(), message);
        };
        says(20, 0, "there are 0 managers, a swarm needs at least one");
        says(2, 3, "there are 3 managers among 2 nodes");
        says(200_000, 3, "there are 200000 nodes, the most there can be is 100000");
    }
}
