//! Placement constraints: `node.labels.disk == ssd`, as SwarmKit reads them (`manager/constraint/constraint.go`).
//!
//! `KEY OP VALUE` with `==` or `!=`; all of a list must hold. A value matches as a whole and without regard to case:
//! there are no globs and no regular expressions, although their characters are admitted. A label that is missing is
//! an empty string, so `!=` matches it. A key that SwarmKit does not know never matches, not even with `!=`:
//! [`Constraint::suspicion`] is there to say so before somebody wonders.

use std::fmt;
use std::net::IpAddr;

use crate::node::Node;

mod suspicion;

pub(crate) use suspicion::nearest;

/// One expression, read once so that testing a node is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    key: Key,
    /// The key as written, for messages.
    written: String,
    equal: bool,
    value: String,
}

/// What of a node is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Id,
    Hostname,
    /// With the value read as an address or a network; `None` if it is neither, which matches no node.
    Ip(Option<Network>),
    Role,
    Os,
    Arch,
    /// The label's key, which is compared with regard to case.
    Label(String),
    EngineLabel(String),
    Unknown,
}

/// A single address (all bits count) or a CIDR network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a list of constraints cannot be used. SwarmKit's API refuses such a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// Neither `==` nor `!=` stands in it.
    #[error("constraint `{0}` has no operator: expected `KEY == VALUE` or `KEY != VALUE`")]
    NoOperator(String),
    /// The left side is empty, too short or has a character that no key has.
    #[error(
        "constraint `{expression}` has the key `{key}`: expected a letter or `_`, then at least one more letter, digit, `-`, `_` or `.`"
    )]
    BadKey {
        /// The whole expression.
        expression: String,
        /// Its left side.
        key: String,
    },
    /// The right side is empty or has a character that SwarmKit does not admit.
    #[error(
        "constraint `{expression}` has the value `{value}`: expected one or more letters, digits, spaces or any of `:-_.*()?+[]\\^$|/`"
    )]
    BadValue {
        /// The whole expression.
        expression: String,
        /// Its right side.
        value: String,
    },
}

impl Constraint {
    /// Reads a list of expressions. One that is wrong spoils them all.
    pub fn parse_all<S: AsRef<str>>(expressions: &[S]) -> Result<Vec<Constraint>, ConstraintError> {
        expressions.iter().map(|e| Constraint::parse(e.as_ref())).collect()
    }

    /// Reads one expression.
    ///
    /// ```
    /// use swarmbed_scheduler::constraint::Constraint;
    ///
    /// assert_eq!(Constraint::parse("node.role==manager").unwrap().to_string(), "node.role == manager");
    /// assert!(Constraint::parse("node.role = manager").is_err());
    /// ```
    pub fn parse(expression: &str) -> Result<Constraint, ConstraintError> {
        // `==` is looked for in the whole expression before `!=` is, so `a != b == c` has the key `a != b`.
        let (key, equal, value) = match (expression.split_once("=="), expression.split_once("!=")) {
            (Some((key, value)), _) => (key.trim(), true, value.trim()),
            (None, Some((key, value))) => (key.trim(), false, value.trim()),
            (None, None) => return Err(ConstraintError::NoOperator(expression.to_owned())),
        };
        if !is_key(key) {
            return Err(ConstraintError::BadKey { expression: expression.to_owned(), key: key.to_owned() });
        }
        if value.is_empty() || !value.chars().all(is_value_char) {
            let (expression, value) = (expression.to_owned(), value.to_owned());
            return Err(ConstraintError::BadValue { expression, value });
        }
        Ok(Constraint { key: Key::of(key, value), written: key.to_owned(), equal, value: value.to_owned() })
    }

    /// Whether the node satisfies it.
    pub fn matches(&self, node: &Node) -> bool {
        let text = match &self.key {
            Key::Id => &node.name,
            Key::Hostname => &node.hostname,
            Key::Ip(network) => {
                return network.is_some_and(|n| self.equal == node.addr.is_some_and(|a| n.contains(a)));
            }
            Key::Role => node.role.name(),
            Key::Os => node.platform.as_ref().map_or("", |p| &p.os),
            Key::Arch => node.platform.as_ref().map_or("", |p| &p.arch),
            Key::Label(label) => node.labels.get(label).map_or("", String::as_str),
            Key::EngineLabel(label) => node.engine_labels.get(label).map_or("", String::as_str),
            Key::Unknown => return false,
        };
        self.equal == text.eq_ignore_ascii_case(&self.value)
    }

    /// Whether it looks at the node's name, which is its id.
    pub(crate) fn looks_at_name(&self) -> bool {
        self.key == Key::Id
    }

    /// The key of the node label it looks at (`X` of `node.labels.X`), if it does.
    pub fn label_key(&self) -> Option<&str> {
        match &self.key {
            Key::Label(label) => Some(label),
            _ => None,
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.written, if self.equal { "==" } else { "!=" }, self.value)
    }
}

impl Key {
    fn of(key: &str, value: &str) -> Key {
        if let Some(label) = strip_prefix_any_case(key, "node.labels.") {
            return Key::Label(label.to_owned());
        }
        if let Some(label) = strip_prefix_any_case(key, "engine.labels.") {
            return Key::EngineLabel(label.to_owned());
        }
        match key.to_ascii_lowercase().as_str() {
            "node.id" => Key::Id,
            "node.hostname" => Key::Hostname,
            "node.ip" => Key::Ip(Network::parse(value)),
            "node.role" => Key::Role,
            "node.platform.os" => Key::Os,
            "node.platform.arch" => Key::Arch,
            _ => Key::Unknown,
        }
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u8>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?.to_canonical(), None),
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then_some(Network { address, bits })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(a)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                (net.to_bits() ^ a.to_bits()) & mask == 0
            }
            (IpAddr::V6(net), IpAddr::V6(a)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                (net.to_bits() ^ a.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

/// The rest of `text` after a prefix that is compared without regard to case; `None` if nothing would be left.
pub fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    (head.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
}

/// `[a-z_][a-z0-9\-_.]+`, without regard to case: at least two characters (`constraint.go:22`).
fn is_key(key: &str) -> bool {
    let mut bytes = key.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && key.len() >= 2 && bytes.all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// The characters of a value (`constraint.go:26`).
fn is_value_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || ":-_ \t\n\r\u{c}.*()?+[]\\^$|/".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Platform, Role};

    fn node() -> Node {
        Node {
            name: "n1".into(),
            hostname: "Host-1".into(),
            role: Role::Manager,
            addr: Some("10.0.3.7".parse().unwrap()),
            labels: [("disk".into(), "SSD".into()), ("a.b".into(), "*".into())].into(),
            platform: Some(Platform { os: "linux".into(), arch: "x86_64".into() }),
            ..Node::default()
        }
    }

    #[test]
    fn nodes_match_as_in_swarmkit() {
        let check = |expression: &str, expected| {
            let constraint = Constraint::parse(expression).unwrap();
            assert_eq!(constraint.matches(&node()), expected, "{expression}");
        };
        check("node.id==N1", true);
        check("NODE.HOSTNAME == host-1", true);
        check("node.role==manager", true);
        check("node.role!=worker", true);
        check("node.labels.disk == ssd", true);
        check("NODE.LABELS.disk == ssd", true);
        check("node.labels.Disk == ssd", false); // the label's own key has case
        check("node.labels.zone != a", true); // missing is empty
        check("node.labels.zone == a", false);
        check("node.labels.disk == s*", false); // no globs
        check("node.labels.a.b == *", true);
        check("engine.labels.x != y", true);
        check("node.platform.arch == amd64", false); // no folding here
        check("rack == 1", false);
        check("rack != 1", false);
        check("node.labels. != 1", false);
    }

    #[test]
    fn addresses_match_by_equality_or_network() {
        let check = |value: &str, is, is_not| {
            let matches = |op| Constraint::parse(&format!("node.ip {op} {value}")).unwrap().matches(&node());
            assert_eq!((matches("=="), matches("!=")), (is, is_not), "{value}");
        };
        check("10.0.3.7", true, false);
        check("::ffff:10.0.3.7", true, false);
        check("10.0.3.8", false, true);
        check("10.0.0.0/16", true, false);
        check("10.0.3.99/24", true, false);
        check("0.0.0.0/0", true, false);
        check("2001:db8::/32", false, true);
        check("10.0.3.0/33", false, false);
        check("localhost", false, false);
    }

    #[test]
    fn mistakes_are_named() {
        let check = |expression: &str, part: &str| {
            let error = Constraint::parse(expression).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        check("node.role", "no operator");
        check("node.role = manager", "no operator");
        check("== manager", "key ``");
        check("r == 1", "key `r`");
        check("1r == 1", "key `1r`");
        check("node.role ==", "value ``");
        check("node.role == a=b", "value `a=b`");
        check("a != b == c", "key `a != b`");
        assert!(Constraint::parse_all(&["node.role == worker", "x"]).is_err());
    }
}
