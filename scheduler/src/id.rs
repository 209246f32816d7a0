//! Dense identities. Names are interned in byte order, so an ascending id is an ascending name.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The place in a dense table.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A node of the swarm. Ascending ids are ascending node names.
    NodeId
);
id!(
    /// A service. Ascending ids are ascending service names.
    ServiceId
);
id!(
    /// A task, in the order of creation. Never reused.
    TaskId
);
