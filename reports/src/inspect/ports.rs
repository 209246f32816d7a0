//! Published ports as Docker lists them: `*:80->80/tcp, *:8000-8002->9000-9002/tcp`.

use swarmbed_scheduler::spec::{Port, Protocol, PublishMode};

/// The ports published in that mode, runs of neighbours as ranges.
pub(super) fn published(ports: &[Port], mode: PublishMode) -> String {
    let mut ports: Vec<Port> = ports.iter().copied().filter(|p| p.mode == mode && p.published != 0).collect();
    ports.sort_by_key(|p| (p.protocol, p.published, p.target));
    let next = |a: &Port, b: &Port| {
        a.protocol == b.protocol
            && a.published.checked_add(1) == Some(b.published)
            && a.target.checked_add(1) == Some(b.target)
    };
    let ranges: Vec<String> = ports.chunk_by(next).map(range).collect();
    ranges.join(", ")
}

fn range(run: &[Port]) -> String {
    let (first, last) = (run[0], run[run.len() - 1]);
    let protocol = match first.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    };
    if run.len() == 1 {
        return format!("*:{}->{}/{protocol}", first.published, first.target);
    }
    format!("*:{}-{}->{}-{}/{protocol}", first.published, last.published, first.target, last.target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range() {
        let port = |published, target| Port { published, target, ..Port::default() };
        let host = Port { mode: PublishMode::Host, ..port(53, 53) };
        let ports = [port(8001, 9001), port(80, 80), host, port(8000, 9000), port(8002, 9002), port(0, 7)];
        assert_eq!(published(&ports, PublishMode::Ingress), "*:80->80/tcp, *:8000-8002->9000-9002/tcp");
        assert_eq!(published(&ports, PublishMode::Host), "*:53->53/tcp");
    }
}
