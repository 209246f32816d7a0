//! `[[network]]`, and the networks that services and stack files name -> networks.

use std::collections::BTreeSet;

use swarmbed_sim::setup::{INGRESS, Network, Service};

use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{Misread, Name, Written};

/// The networks in the order in which they became known; the first is the ingress network.
pub(crate) struct Networks {
    known: Vec<Network>,
    /// The file says which networks there are, so that one it does not know is a mistake.
    declared: bool,
}

impl Default for Networks {
    fn default() -> Networks {
        Networks { known: vec![Network::ingress()], declared: false }
    }
}

impl Networks {
    pub(super) fn new(written: &[file::Network], mistakes: &mut Mistakes) -> Networks {
        let mut networks = Networks { declared: !written.is_empty(), ..Networks::default() };
        let mut seen = BTreeSet::new();
        for network in written {
            let Some(name) = mistakes.read(&network.name) else { continue };
            if !seen.insert(name.clone()) {
                mistakes.say(&network.name.span, format!("two networks are called '{name}'"));
            }
            let place = networks.named(&name);
            let known = &mut networks.known[place as usize];
            known.internal = mistakes.read_or(network.internal.as_ref(), false);
            known.prefix = mistakes.read_or(network.prefix.as_ref(), u64::from(known.prefix)) as u8;
        }
        networks
    }

    /// The place of a network, which is a plain one if nothing was said of it so far.
    pub(crate) fn named(&mut self, name: &str) -> u32 {
        let known = self.known.iter().position(|network| network.name == name);
        let place = known.unwrap_or_else(|| {
            self.known.push(Network::new(name));
            self.known.len() - 1
        });
        place as u32
    }

    /// The same for a network of a stack, which may say that it has no way out.
    pub(crate) fn of_stack(&mut self, name: &str, internal: bool) -> u32 {
        let place = self.named(name);
        self.known[place as usize].internal |= internal;
        place
    }

    /// The networks that a service names.
    pub(super) fn attached(&mut self, written: &[Written<Name>], mistakes: &mut Mistakes) -> Vec<u32> {
        let mut places = Vec::new();
        for network in written {
            let Some(name) = mistakes.read(network) else { continue };
            if name == self.known[INGRESS as usize].name {
                let misread = Misread::new("a service is never attached to the ingress network by hand");
                mistakes.add(&network.span, misread.help("it is if it publishes a port on every node"));
            } else if self.declared && self.known.iter().all(|known| known.name != name) {
                let known = self.known[1..].iter().map(|known| known.name.as_str());
                mistakes.unknown(&network.span, "network", &name, known);
            } else {
                let place = self.named(&name);
                if places.contains(&place) {
                    mistakes.say(&network.span, format!("the network '{name}' is named twice"));
                } else {
                    places.push(place);
                }
            }
        }
        places
    }

    /// Makes room for what updates attach services to later on.
    pub(super) fn expect<'f>(&mut self, written: impl Iterator<Item = &'f Written<Name>>) {
        if !self.declared {
            for name in written.filter_map(|network| network.read().ok()) {
                self.named(&name);
            }
        }
    }

    /// Brings the networks into the order that a setup wants, and the services' places among them. None comes later.
    pub(crate) fn finish<'a>(&mut self, services: impl Iterator<Item = &'a mut Service>) -> Vec<Network> {
        let mut order: Vec<u32> = (1..self.known.len() as u32).collect();
        order.sort_by(|a, b| self.known[*a as usize].name.cmp(&self.known[*b as usize].name));
        order.insert(0, INGRESS);
        let place = |old: u32| order.iter().position(|known| *known == old).map_or(INGRESS, |at| at as u32);
        for service in services {
            service.networks.iter_mut().for_each(|network| *network = place(*network));
        }
        self.known = order.into_iter().map(|network| self.known[network as usize].clone()).collect();
        self.known.clone()
    }
}
