//! Which metrics are compared.

use crate::metrics::{info, names};

/// A metric that was asked for and that there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What was asked for.
    pub asked: String,
    /// Every name there is.
    pub known: Vec<String>,
}

/// The names of the metrics asked for, of runs with these services, each once: a name, the beginning of names with a `*`
/// behind it, or `all`. If none is asked for, those that the table of metrics marks.
///
/// # Errors
/// The first that names nothing.
pub fn choose(asked: &[String], services: &[&str]) -> Result<Vec<String>, Unknown> {
    let known = names(services.iter().copied());
    if asked.is_empty() {
        return Ok(known.into_iter().filter(|name| is_headline(name)).collect());
    }
    let mut chosen: Vec<String> = Vec::new();
    for asked in asked {
        let beginning = if asked == "all" { Some("") } else { asked.strip_suffix('*') };
        let fits = |name: &&String| beginning.map_or(*name == asked, |start| name.starts_with(start));
        let found: Vec<&String> = known.iter().filter(fits).collect();
        if found.is_empty() {
            return Err(Unknown { asked: asked.clone(), known });
        }
        let fresh: Vec<String> = found.into_iter().filter(|name| !chosen.contains(name)).cloned().collect();
        chosen.extend(fresh);
    }
    Ok(chosen)
}

/// Of a family the mean, or else the median, and the maximum say enough at first sight.
fn is_headline(name: &str) -> bool {
    let Some(metric) = info(name).filter(|metric| metric.is_headline) else { return false };
    let has_mean = metric.name.contains("{mean,");
    let is_detail = name.ends_with(".p95") || name.ends_with(".p99") || (has_mean && name.ends_with(".p50"));
    !is_detail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(asked: &[&str]) -> Vec<String> {
        choose(&asked.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>(), &["web"]).unwrap()
    }

    #[test]
    fn names_beginnings_and_all() {
        assert_eq!(chosen(&["tasks.created", "run.time", "tasks.created"]), ["tasks.created", "run.time"]);
        assert_eq!(chosen(&["failover.total.*"]).len(), 3);
        assert_eq!(chosen(&["service.web.lost"]), ["service.web.lost"]);
        assert!(chosen(&["all"]).len() > chosen(&[]).len() && chosen(&[]).len() > 5);
        let unknown = choose(&["failover.totl".to_owned()], &[]).unwrap_err();
        assert_eq!(unknown.asked, "failover.totl");
    }
}
