//! Proxies that route requests by host and path, as Traefik does in a swarm: what a proxy is told on its command line, and what
//! services say of themselves in their labels.

use swarmbed_scheduler::{ServiceId, Span};

/// How the containers of a service pass requests on to others. Defaults are Traefik's where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// From one look at the managers' list to the next (`pkg/provider/docker/pswarm.go`: RefreshSeconds).
    pub refresh: Span,
    /// The least time between two changes of what it routes by (`providersThrottleDuration`).
    pub throttle: Span,
    /// How it chooses among the servers of a service.
    pub deals: Deals,
    /// How often it tries another server when one cannot be reached.
    pub retries: u32,
    /// How long it waits for a server to take a connection (`forwardingTimeouts.dialTimeout`).
    pub dial: Span,
    /// How long it waits for an answer; at least as long as for the connection.
    pub timeout: Span,
    /// How it checks servers; `None` is not at all.
    pub check: Option<Check>,
}

impl Default for Proxy {
    /// Traefik's defaults. It has none for the answer; a minute is nginx's (`proxy_read_timeout`).
    fn default() -> Proxy {
        Proxy {
            refresh: Span::secs(15),
            throttle: Span::secs(2),
            deals: Deals::default(),
            retries: 0,
            dial: Span::secs(30),
            timeout: Span::secs(60),
            check: None,
        }
    }
}

/// How a proxy chooses among the servers that it holds for alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deals {
    /// In turn.
    #[default]
    InTurn,
    /// At random.
    Random,
    /// The one that has the fewest of its own requests, equal ones at random.
    Fewest,
    /// The same of that many drawn at random.
    FewestOf(u32),
}

/// How a proxy checks servers: it asks each one in every interval, and leaves out those whose last answer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// From the beginning, or from one round, to the next.
    pub interval: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
}

impl Default for Check {
    /// Traefik's (`pkg/config/dynamic/http_config.go`: DefaultHealthCheckInterval, DefaultHealthCheckTimeout).
    fn default() -> Check {
        Check { interval: Span::secs(30), timeout: Span::secs(5) }
    }
}

/// What a service's labels say: which requests are to come to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Those for this host, in lower case; `None` is any.
    pub host: Option<String>,
    /// Those whose path begins with this; `None` is any.
    pub path: Option<String>,
    /// Of the rules that fit the one with the highest counts; see [`Route::weight`].
    pub priority: u32,
    /// Which proxies it is meant for; `None` is every one.
    pub via: Option<ServiceId>,
    /// Whether they send to the service's virtual address instead of to its tasks (`lbswarm`).
    pub vip: bool,
}

impl Route {
    /// The priority of a rule of which none is said: the longer it is written the higher.
    pub fn weight(host: Option<&str>, path: Option<&str>) -> u32 {
        let (host, path) =
            (host.map(|host| format!("Host(`{host}`)")), path.map(|p| format!("PathPrefix(`{p}`)")));
        let and = if host.is_some() && path.is_some() { " && ".len() } else { 0 };
        let rule = host.map_or(0, |rule| rule.len()) + path.map_or(0, |rule| rule.len()) + and;
        u32::try_from(rule).unwrap_or(u32::MAX)
    }

    /// Whether a request is one of those that it is about.
    ///
    /// ```
    /// use swarmbed_sim::setup::{Ask, Route};
    ///
    /// let cart = Route { host: None, path: Some("/cart".into()), priority: 20, via: None, vip: false };
    /// assert!(cart.fits(&Ask { host: Some("shop.example".into()), path: "/cart/7".into() }));
    /// assert!(cart.fits(&Ask { host: None, path: "/carton".into() }), "a beginning is all it looks at");
    /// assert!(!cart.fits(&Ask { host: None, path: "/".into() }));
    /// ```
    pub fn fits(&self, ask: &Ask) -> bool {
        let host = self
            .host
            .as_ref()
            .is_none_or(|host| ask.host.as_ref().is_some_and(|asked| asked.eq_ignore_ascii_case(host)));
        host && self.path.as_ref().is_none_or(|path| ask.path.starts_with(path.as_str()))
    }

    /// Whether it is meant for that proxy.
    pub fn is_for(&self, proxy: ServiceId) -> bool {
        self.via.is_none_or(|via| via == proxy)
    }
}

/// What a request asks for, as far as a proxy looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The host, if it names one.
    pub host: Option<String>,
    /// The path.
    pub path: String,
}

impl Default for Ask {
    /// No host, and the path `/`.
    fn default() -> Ask {
        Ask { host: None, path: "/".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(host: Option<&str>, path: Option<&str>) -> Route {
        Route {
            priority: Route::weight(host, path),
            host: host.map(str::to_owned),
            path: path.map(str::to_owned),
            via: None,
            vip: false,
        }
    }

    #[test]
    fn a_rule_weighs_what_it_takes_to_write_it() {
        assert_eq!(route(Some("a.b"), None).priority, "Host(`a.b`)".len() as u32);
        assert_eq!(route(None, Some("/x")).priority, "PathPrefix(`/x`)".len() as u32);
        let both = "Host(`a.b`) && PathPrefix(`/x`)".len() as u32;
        assert_eq!(route(Some("a.b"), Some("/x")).priority, both);
        assert_eq!(route(None, None).priority, 0);
    }

    #[test]
    fn hosts_are_equal_in_any_case_and_paths_begin_alike() {
        let ask =
            |host: Option<&str>, path: &str| Ask { host: host.map(str::to_owned), path: path.to_owned() };
        let both = route(Some("shop.example"), Some("/cart"));
        assert!(both.fits(&ask(Some("Shop.Example"), "/cart")));
        assert!(!both.fits(&ask(Some("www.shop.example"), "/cart")), "no part of a host");
        assert!(!both.fits(&ask(None, "/cart")), "a request that names no host");
        assert!(!both.fits(&ask(Some("shop.example"), "/Cart")));
        assert!(route(None, None).fits(&Ask::default()));
    }
}
