//! Values that describe machines: platforms, addresses, countable resources.

use std::net::IpAddr;

use schemars::{Schema, json_schema};
use swarmbed_scheduler::node;

use super::{Count, Kind, Misread, Name, Raw, Text, shortened};

/// An operating system and an architecture: `linux/x86_64`.
pub(crate) struct Platform;

impl Kind for Platform {
    type Value = node::Platform;
    const NAME: &'static str = "Platform";
    const WHAT: &'static str = "a platform";
    const EXAMPLE: &'static str = r#""linux/x86_64""#;

    fn read(raw: &Raw) -> Result<node::Platform, Misread> {
        let text = Text::read(raw)?;
        match text.split_once('/') {
            Some((os, arch)) if !os.is_empty() && !arch.is_empty() && !arch.contains('/') => {
                Ok(node::Platform { os: os.to_owned(), arch: arch.to_owned() })
            }
            _ => Err(Misread::new(format!("'{}' is not a platform", shortened(&text)))
                .help("write the operating system and the architecture, such as 'linux/x86_64'")),
        }
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[^/]+/[^/]+$",
            "description": "Operating system and architecture; x86_64 is amd64, and aarch64 is arm64.",
            "examples": ["linux/x86_64", "linux/arm64"],
        })
    }
}

/// An IP address.
pub(crate) struct Addr;

impl Kind for Addr {
    type Value = IpAddr;
    const NAME: &'static str = "Addr";
    const WHAT: &'static str = "an IP address";
    const EXAMPLE: &'static str = r#""10.0.0.1""#;

    fn read(raw: &Raw) -> Result<IpAddr, Misread> {
        let text = Text::read(raw)?;
        text.parse().map_err(|_| Misread::new(format!("'{}' is not an IP address", shortened(&text))))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["10.0.0.1", "fd00::1"] })
    }
}

/// How many things there are, or the name of one of them.
pub(crate) struct Piece;

/// What a [`Piece`] says.
pub(crate) enum Pieces {
    /// So many, all alike.
    Many(u64),
    /// One, by its name.
    One(String),
}

impl Kind for Piece {
    type Value = Pieces;
    const NAME: &'static str = "Piece";
    const WHAT: &'static str = "a whole number or a name";
    const EXAMPLE: &'static str = "2";

    fn read(raw: &Raw) -> Result<Pieces, Misread> {
        match raw {
            Raw::Integer(_) => Count::<1, 1_000_000>::read(raw).map(Pieces::Many),
            Raw::Text(_) => Name::read(raw).map(Pieces::One),
            other => Err(Piece::misfit(other)),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 1 })
    }
}
