//! Published ports: `80`, `8080:80/udp`, `3000-3005:3000-3005`, `127.0.0.1:80:80`, or a mapping.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::fields::Field;
use super::model::Port;
use super::reader::Reader;
use super::tree::Value;
use super::words::{PortMode, Protocol};
use crate::trouble::Trouble;

/// A few bytes of text can stand for 65,536 ports; a whole file may not stand for more than this.
const MOST_PORTS: usize = 200_000;

/// The ports of one service, in Docker's order.
pub(super) fn ports(reader: &mut Reader, field: &Field<'_>) -> Result<Vec<Port>, Trouble> {
    let mut ports = Vec::new();
    for item in field.set()? {
        let found = match &item.node.value {
            Value::Int(number) => short(reader, &item, &number.to_string())?,
            Value::Text(text) => short(reader, &item, text)?,
            Value::Map(_) if reader.minor >= 2 => vec![long(reader, &item)?],
            Value::Map(_) => {
                return Err(item.unlike("a port such as \"8080:80\"").help("mappings came with version 3.2"));
            }
            _ => return Err(item.unlike("a port such as \"8080:80\" or a mapping")),
        };
        reader.ports += found.len();
        if reader.ports > MOST_PORTS {
            return Err(item.trouble(format_args!("more than {MOST_PORTS} ports in one file")));
        }
        found.iter().for_each(|port| publish(reader, &item, port));
        ports.extend(found);
    }
    Ok(ports)
}

/// A port that listens on every node belongs to one service only.
fn publish(reader: &mut Reader, item: &Field<'_>, port: &Port) {
    let Some(published) = port.published.filter(|_| port.mode != Some(PortMode::Host)) else { return };
    let protocol = port.protocol.clone().unwrap_or(Protocol::Tcp);
    let service = item.place.subject();
    let owner = reader.published.entry((published, protocol)).or_insert_with(|| service.to_owned());
    if *owner != service {
        let owner = owner.clone();
        reader.refuse(
            item.trouble(format_args!("port {published} is already published by the service '{owner}'"))
                .help("publish another port, or use mode: host"),
        );
    }
}

fn short(reader: &mut Reader, item: &Field<'_>, text: &str) -> Result<Vec<Port>, Trouble> {
    let spec = Spec::parse(text).map_err(|why| {
        item.trouble(format_args!("{} is no port: {why}", item.node.value))
            .help("write \"8080:80\", \"80\", \"8080:80/udp\" or \"3000-3005:3000-3005\"")
    })?;
    if spec.has_address {
        // As Docker warns: the service listens on every node whatever the address.
        let pattern = format!("{} (host address)", item.place.pattern());
        reader.ignored.entry(pattern).or_default().insert(item.place.subject().to_owned());
    }
    Ok(spec.ports())
}

fn long(reader: &mut Reader, item: &Field<'_>) -> Result<Port, Trouble> {
    let mut fields = reader.fields(item)?;
    let number = |field: &Field<'_>| field.natural(u16::MAX.into()).map(|port| port as u16);
    let mode = fields.take("mode")?.map(|field| reader.word(&field)).transpose()?.flatten();
    let protocol = fields.take("protocol")?.map(|field| reader.word(&field)).transpose()?.flatten();
    let target = fields.read("target", number)?;
    let published = fields.read("published", number)?.filter(|&port| port != 0);
    fields.finish()?;
    let target = target.ok_or_else(|| item.trouble("'target' is missing: the port of the container"))?;
    Ok(Port { mode, target, published, protocol })
}

/// The short form, taken apart.
struct Spec {
    target: RangeInclusive<u16>,
    published: Option<RangeInclusive<u16>>,
    protocol: Protocol,
    has_address: bool,
}

impl Spec {
    fn parse(text: &str) -> Result<Self, String> {
        let (outside, inside) = text.rsplit_once(':').unwrap_or(("", text));
        let (address, published) = outside.rsplit_once(':').unwrap_or(("", outside));
        let (target, protocol) = inside.split_once('/').unwrap_or((inside, ""));
        if target.is_empty() {
            return Err("the port of the container is missing".to_owned());
        }
        let protocol = match protocol.to_lowercase().as_str() {
            "" => Protocol::Tcp,
            word => match Protocol::from(word) {
                Protocol::Unknown(word) => {
                    return Err(format!("the protocol is '{word}', not tcp, udp or sctp"));
                }
                known => known,
            },
        };
        let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
        if !address.is_empty() && bare.parse::<IpAddr>().is_err() {
            return Err(format!("'{address}' is no IP address"));
        }
        let target = range(target)?;
        let published = if published.is_empty() { None } else { Some(range(published)?) };
        if let Some(outside) =
            published.as_ref().filter(|outside| outside.len() != target.len() && target.len() > 1)
        {
            return Err(format!("{} ports outside and {} inside", outside.len(), target.len()));
        }
        Ok(Spec { target, published, protocol, has_address: !address.is_empty() })
    }

    /// Written out in Docker's order: that of the container's ports *as texts*, so that 10 comes before 9.
    fn ports(&self) -> Vec<Port> {
        let mut targets: Vec<u16> = self.target.clone().collect();
        targets.sort_by_key(|target| format!("{target}/"));
        let one_to_one = targets.len() > 1;
        let mut ports = Vec::new();
        for target in targets {
            let outside = match &self.published {
                None => 0..=0,
                Some(published) if one_to_one => {
                    let port = published.start() + (target - self.target.start());
                    port..=port
                }
                // Several ports outside for one inside: Docker publishes each of them.
                Some(published) => published.clone(),
            };
            ports.extend(outside.map(|published| Port {
                mode: Some(PortMode::Ingress),
                target,
                published: Some(published).filter(|&port| port != 0),
                protocol: Some(self.protocol.clone()),
            }));
        }
        ports
    }
}

fn range(text: &str) -> Result<RangeInclusive<u16>, String> {
    let port = |text: &str| {
        let number = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
        number.ok_or_else(|| format!("'{text}' is no number from 0 to 65535"))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (port(first)?, port(last)?);
    if last < first { Err(format!("the range {text} runs backwards")) } else { Ok(first..=last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every expectation is what Docker 28.2.2 made of the text.
    fn check(text: &str, expect: &str) {
        let found = match Spec::parse(text) {
            Err(why) => why,
            Ok(spec) => spec.ports().iter().map(shown).collect::<Vec<_>>().join(" "),
        };
        assert_eq!(found, expect, "{text}");
    }

    fn shown(port: &Port) -> String {
        let published = port.published.map_or(String::new(), |published| format!("{published}:"));
        format!("{published}{}/{}", port.target, port.protocol.as_ref().map_or("", Protocol::as_str))
    }

    #[test]
    fn single_ports() {
        check("80", "80/tcp");
        check("8080:80", "8080:80/tcp");
        check("80/UDP", "80/udp");
        check("81/", "81/tcp");
        check(":80", "80/tcp");
        check("0:80", "80/tcp");
        check("127.0.0.1:99:98", "99:98/tcp");
        check("127.0.0.1::80", "80/tcp");
        check("[::1]:80:80", "80:80/tcp");
        check("::1:81:81", "81:81/tcp");
    }

    #[test]
    fn ranges() {
        check("80-82", "80/tcp 81/tcp 82/tcp");
        check("80-81:90-91", "80:90/tcp 81:91/tcp");
        check("9-11:9-11/udp", "10:10/udp 11:11/udp 9:9/udp");
        check("9090-9091:8080", "9090:8080/tcp 9091:8080/tcp");
    }

    #[test]
    fn mistakes() {
        check("", "the port of the container is missing");
        check("80:", "the port of the container is missing");
        check("a:b", "'b' is no number from 0 to 65535");
        check("70000:80", "'70000' is no number from 0 to 65535");
        check("+80", "'+80' is no number from 0 to 65535");
        check("80:80/foo", "the protocol is 'foo', not tcp, udp or sctp");
        check("90-80:80", "the range 90-80 runs backwards");
        check("8-9:80-83", "2 ports outside and 4 inside");
        check("1-2-3", "'2-3' is no number from 0 to 65535");
        check("foo:80:80", "'foo' is no IP address");
    }
}
