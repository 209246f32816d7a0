//! The words of the format that stand for one of a few choices.

use std::fmt;

/// An enum of words with the spelling Docker uses, and a place for what is none of them: Docker's reader takes any
/// word, and only the swarm refuses it.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)+
            /// Some other word. A stack that holds one is never deployable.
            Unknown(String),
        }

        impl $name {
            /// Every word there is.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as a stack file writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)+
                    $name::Unknown(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => $name::$variant,)+
                    _ => $name::Unknown(word.to_owned()),
                }
            }
        }

        impl Word for $name {
            fn known(&self) -> Result<(), &'static [&'static str]> {
                if matches!(self, $name::Unknown(_)) { Err(Self::WORDS) } else { Ok(()) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// What every enum of words can do.
pub(super) trait Word: for<'w> From<&'w str> {
    /// Whether the swarm knows the word; if not, the words it does know.
    fn known(&self) -> Result<(), &'static [&'static str]>;
}

words! {
    /// How many tasks a service has, and whether they are to end.
    Mode {
        /// A number of tasks that run on.
        Replicated = "replicated",
        /// One task on every node.
        Global = "global",
        /// A number of tasks that run to completion.
        ReplicatedJob = "replicated-job",
        /// One task on every node that runs to completion.
        GlobalJob = "global-job",
    }
}

words! {
    /// How clients find the tasks of a service.
    EndpointMode {
        /// One virtual address, balanced over the tasks.
        Vip = "vip",
        /// DNS answers with the tasks' own addresses.
        Dnsrr = "dnsrr",
    }
}

words! {
    /// When a task that ended is replaced.
    RestartCondition {
        /// Never.
        None = "none",
        /// If it failed.
        OnFailure = "on-failure",
        /// Always.
        Any = "any",
    }
}

words! {
    /// What an update does when too many tasks fail.
    FailureAction {
        /// Stops where it is.
        Pause = "pause",
        /// Goes on.
        Continue = "continue",
        /// Returns to the previous version.
        Rollback = "rollback",
    }
}

words! {
    /// Whether the new task starts before the old one stops.
    UpdateOrder {
        /// It does.
        StartFirst = "start-first",
        /// It does not.
        StopFirst = "stop-first",
    }
}

words! {
    /// Where a published port listens.
    PortMode {
        /// On every node, through the routing mesh.
        Ingress = "ingress",
        /// On the nodes that run a task.
        Host = "host",
    }
}

words! {
    /// The protocol of a port.
    Protocol {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// SCTP.
        Sctp = "sctp",
    }
}

words! {
    /// What is mounted into a container.
    MountKind {
        /// A volume of the node.
        Volume = "volume",
        /// A path of the node.
        Bind = "bind",
        /// Memory.
        Tmpfs = "tmpfs",
        /// A named pipe (Windows).
        Npipe = "npipe",
        /// A volume of the cluster (CSI).
        Cluster = "cluster",
    }
}
