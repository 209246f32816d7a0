//! The short form of a published port: `8080:80`, `80`, `53:53/udp`.

use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};

use crate::value::{Kind, Misread, Raw, Text, Word, shortened};

/// Reads the short form. Ranges and addresses belong to stack files.
pub(super) fn short(raw: &Raw) -> Result<Port, Misread> {
    let text = match raw {
        Raw::Integer(number) => number.to_string(),
        other => Text::read(other)?,
    };
    let wrong = || {
        Misread::new(format!("'{}' is not a port", shortened(&text)))
            .help("write \"8080:80\", \"80\" or \"53:53/udp\"; for host mode { target = 80, published = 8080, mode = \"host\" }")
    };
    let (ports, protocol) = match text.split_once('/') {
        Some((ports, protocol)) => (ports, Word::<Protocol>::read(&Raw::Text(protocol.to_owned()))?),
        None => (text.as_str(), Protocol::Tcp),
    };
    let number = |text: &str| text.parse().ok().filter(|&port: &u16| port != 0).ok_or_else(wrong);
    let (published, target) = match ports.split_once(':') {
        Some((published, target)) => (number(published)?, number(target)?),
        None => (0, number(ports)?),
    };
    Ok(Port { protocol, target, published, mode: PublishMode::Ingress })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ports() {
        let read = |text: &str| short(&Raw::Text(text.to_owned()));
        let port = |published, target, protocol| {
            Ok(Port { protocol, target, published, mode: PublishMode::Ingress })
        };
        assert_eq!(read("8080:80"), port(8080, 80, Protocol::Tcp));
        assert_eq!(read("80"), port(0, 80, Protocol::Tcp));
        assert_eq!(read("53:53/udp"), port(53, 53, Protocol::Udp));
        assert_eq!(short(&Raw::Integer(80)), port(0, 80, Protocol::Tcp));
        for wrong in ["", ":", "8080:", "70000:80", "0:80", "a:b", "1:2:3", "80/icmp", "-1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
