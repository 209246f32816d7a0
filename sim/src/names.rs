//! Names and texts behind dense ids, for whoever prints or hashes what was observed.

use std::collections::BTreeMap;

use swarmbed_scheduler::{NodeId, ServiceId};

/// An interned text, such as a task's error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub u32);

impl Text {
    /// The empty text.
    pub const NONE: Text = Text(0);
}

/// The names of nodes and services, and the texts that came up so far. Names are fixed when the run is built, but for
/// those of services that come by themselves.
#[derive(Clone, Debug)]
pub struct Names {
    nodes: Vec<Box<str>>,
    services: Vec<Box<str>>,
    texts: Vec<Box<str>>,
    known: BTreeMap<Box<str>, Text>,
}

impl Names {
    /// Names of nodes and services, each ascending.
    pub fn new(nodes: impl Iterator<Item = String>, services: impl Iterator<Item = String>) -> Names {
        let ascending = |names: &[Box<str>]| names.windows(2).all(|w| w[0] < w[1]);
        let nodes: Vec<Box<str>> = nodes.map(Into::into).collect();
        let services: Vec<Box<str>> = services.map(Into::into).collect();
        assert!(ascending(&nodes) && ascending(&services), "names are interned in byte order, each once");
        Names { nodes, services, texts: vec!["".into()], known: BTreeMap::from([("".into(), Text::NONE)]) }
    }

    /// Takes in the name of a service that came by itself, and gives it its number.
    pub(crate) fn add_service(&mut self, name: &str) -> ServiceId {
        self.services.push(name.into());
        ServiceId(self.services.len() as u32 - 1)
    }

    /// A node's name.
    pub fn node(&self, id: NodeId) -> &str {
        &self.nodes[id.index()]
    }

    /// A service's name.
    pub fn service(&self, id: ServiceId) -> &str {
        &self.services[id.index()]
    }

    /// The text behind its number.
    pub fn text(&self, text: Text) -> &str {
        &self.texts[text.0 as usize]
    }

    /// The number of a text, a new one if it has not come up before.
    pub fn intern(&mut self, text: &str) -> Text {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let number = Text(self.texts.len() as u32);
        self.texts.push(text.into());
        self.known.insert(text.into(), number);
        number
    }

    /// How many nodes there ever are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many services are known by now.
    pub fn service_count(&self) -> usize {
        self.services.len()
    }
}
