//! What a request asks for: hosts and paths.

use schemars::{Schema, json_schema};

use super::{Kind, Misread, Raw, Text, shortened};

/// The name of a host, in lower case.
pub(crate) struct Host;

impl Kind for Host {
    type Value = String;
    const NAME: &'static str = "Host";
    const WHAT: &'static str = "a host";
    const EXAMPLE: &'static str = r#""shop.example""#;

    fn read(raw: &Raw) -> Result<String, Misread> {
        const LONGEST: usize = 253;
        let host = Text::read(raw)?;
        let fits = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            !part.is_empty() && part.chars().all(allowed)
        };
        if host.len() <= LONGEST && host.split('.').all(fits) {
            return Ok(host.to_ascii_lowercase());
        }
        let misread = Misread::new(format!("'{}' is not a host", shortened(&host)));
        Err(misread.help("write its name alone, without a scheme, a port or a path: \"shop.example\""))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$" })
    }
}

/// The path of a request, or a beginning of it.
pub(crate) struct UrlPath;

impl Kind for UrlPath {
    type Value = String;
    const NAME: &'static str = "UrlPath";
    const WHAT: &'static str = "a path";
    const EXAMPLE: &'static str = r#""/cart""#;

    fn read(raw: &Raw) -> Result<String, Misread> {
        const LONGEST: usize = 1024;
        let path = Text::read(raw)?;
        let problem = if !path.starts_with('/') {
            "does not begin with '/'"
        } else if path.len() > LONGEST {
            "is longer than 1024 characters"
        } else if path.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '`' | '?' | '#')) {
            "has characters that no path has"
        } else {
            return Ok(path);
        };
        Err(Misread::new(format!("the path '{}' {problem}", shortened(&path)))
            .help("write it like \"/cart\""))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": r"^/[^\s`?#]*$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn hosts_are_names_without_anything_around_them() {
        assert_eq!(Host::read(&text("Shop.Example")).ok(), Some("shop.example".to_owned()));
        for host in
            ["", ".", "a..b", "https://shop.example", "shop.example:80", "shop.example/cart", "*.example"]
        {
            assert!(Host::read(&text(host)).is_err(), "{host:?}");
        }
    }

    #[test]
    fn paths_begin_with_a_slash() {
        assert_eq!(UrlPath::read(&text("/cart/7")).ok(), Some("/cart/7".to_owned()));
        for path in ["", "cart", "/a b", "/?q=1", "/a\u{1b}", &format!("/{}", "x".repeat(1024))] {
            assert!(UrlPath::read(&text(path)).is_err(), "{path:?}");
        }
    }
}
