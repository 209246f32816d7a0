//! What the user is told of mistakes in a scenario file, word for word; and that no bytes at all make the reader panic.

mod known;

use std::fmt::Write;

use proptest::prelude::*;
use swarmbed_scenarios::trouble::Trouble;
use swarmbed_scenarios::{Loader, Options, Scenario, Source, read};
use swarmbed_scheduler::strategy::Catalogue;

/// One stack file, with a mistake in it, and two traces with one each.
struct Broken;

impl Loader for Broken {
    fn load(&self, path: &str) -> Result<Source, String> {
        match path {
            "broken.yml" => {
                Ok(Source { name: path.to_owned(), text: "services: {web: {imgae: nginx}}".into() })
            }
            "bad.csv" => Ok(Source { name: path.to_owned(), text: "requests\n3\nmany\n".into() }),
            "empty.csv" => Ok(Source { name: path.to_owned(), text: "requests\n".into() }),
            _ => Err("is not there".to_owned()),
        }
    }
}

fn reading(text: &str) -> Result<Scenario, Vec<Trouble>> {
    read("scenario.toml", text, &known::options(&Broken, &Catalogue::standard()))
}

/// Every mistake as the command line would print it.
fn told(text: &str) -> String {
    match reading(text) {
        Ok(_) => "no mistake\n".to_owned(),
        Err(troubles) => troubles.iter().map(|trouble| format!("{trouble:#}\n")).collect(),
    }
}

const BASE: &str = include_str!("mistakes/base.toml");
const CASES: &str = include_str!("mistakes/cases.txt");

/// The base with a case's changes: a line with `-` is looked for after the one before it and taken out, and the lines
/// with `+` that follow are put in its place.
fn changed(case: &str) -> String {
    let mut base = BASE.lines();
    let mut text = String::new();
    for line in case.lines() {
        if let Some(old) = line.strip_prefix('-').map(str::trim_start) {
            loop {
                match base.next() {
                    Some(line) if line == old => break,
                    Some(line) => writeln!(text, "{line}").unwrap(),
                    None => panic!(
                        "'{old}' is not in the base, or not after the line before it, in the case {case}"
                    ),
                }
            }
        } else if let Some(new) = line.strip_prefix('+') {
            writeln!(text, "{}", new.strip_prefix(' ').unwrap_or(new)).unwrap();
        }
    }
    base.for_each(|line| writeln!(text, "{line}").unwrap());
    text
}

#[test]
fn the_base_has_no_mistake() {
    assert_eq!(told(BASE), "no mistake\n");
}

#[test]
fn mistakes_are_told_word_for_word() {
    let mut cases = CASES.split("\n## ");
    let mut page = cases.next().unwrap_or("").to_owned();
    for case in cases {
        write!(page, "\n## ").unwrap();
        let said = told(&changed(case));
        assert_ne!(said, "no mistake\n", "{case}");
        case.lines()
            .filter(|line| !line.starts_with('>') && !line.is_empty())
            .for_each(|l| writeln!(page, "{l}").unwrap());
        said.lines().for_each(|line| writeln!(page, "> {line}").unwrap());
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes/cases.txt");
    #[expect(clippy::disallowed_methods, reason = "the switch that rewrites recorded expectations")]
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(path, &page).expect("the cases can be written");
        return;
    }
    for (ours, theirs) in page.split("\n## ").zip(CASES.split("\n## ")) {
        assert_eq!(ours.trim_end(), theirs.trim_end());
    }
}

#[test]
fn what_is_no_scenario_at_all_gets_a_message() {
    let empty =
        "scenario.toml is empty, expected a scenario\n  help: 'swarmbed init' writes one to start from\n";
    assert_eq!(told(""), empty);
    assert_eq!(told("\u{feff}\n# only a comment\n\n"), empty);
    let binary = "scenario.toml is not a text file\n  help: expected a scenario file in TOML\n";
    assert_eq!(told("\u{7f}ELF\0\0\0"), binary);
    let huge = "# ".repeat(9 << 20);
    assert_eq!(told(&huge), "scenario.toml has 18 MiB, a scenario file has at most 16\n");
    let deep = format!("title = {}", "[".repeat(20_000));
    assert!(told(&deep).contains("nested too deep"), "{}", told(&deep));
    let nested = format!("{} = 1", vec!["a"; 20_000].join("."));
    assert!(told(&nested).contains("nested too deep"), "{}", told(&nested));
}

#[test]
fn of_very_many_mistakes_the_first_are_told() {
    let steps = "\n[[at]]\ntime = 5\ndo = \"crash\"\ntarget = \"worker-1\"\n".repeat(1000);
    let troubles = reading(&format!("{BASE}{steps}")).err().unwrap();
    assert_eq!(troubles.len(), 51);
    assert_eq!(troubles[50].message(), "there are 950 more mistakes");
}

#[test]
fn a_strategy_given_instead_may_be_wrong_too() {
    let strategies = Catalogue::standard();
    let options = Options { seed: Some(7), strategy: Some("binpak"), ..known::options(&Broken, &strategies) };
    let troubles = read("scenario.toml", BASE, &options).err().unwrap();
    assert_eq!(format!("{:#}", troubles[0]), "there is no strategy `binpak`; did you mean `binpack`?");
    let options = Options { strategy: Some("binpack"), ..options };
    let scenario =
        read("scenario.toml", BASE, &options).unwrap_or_else(|_| panic!("the base has no mistake"));
    assert_eq!((scenario.setup.seed, scenario.setup.strategy.name()), (7, "binpack"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = reading(&text);
    }

    /// The base with a piece replaced: far more of it gets past the TOML reader than of any text at all.
    #[test]
    fn a_spoilt_scenario_is_read_or_refused(
        start in 0..BASE.len(),
        length in 0..40usize,
        piece in prop_oneof![".{0,10}", "[-0-9a-zA-Z\"\\[\\]{}=.,\n]{0,20}"],
    ) {
        let start = BASE.floor_char_boundary(start);
        let end = BASE.floor_char_boundary((start + length).min(BASE.len()));
        let spoilt = format!("{}{piece}{}", &BASE[..start], &BASE[end..]);
        if let Err(troubles) = reading(&spoilt) {
            prop_assert!(!troubles.is_empty());
            for trouble in troubles {
                let told = format!("{trouble:#}");
                prop_assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{:?}", told);
            }
        }
    }
}

/// What runs though little good comes of it, each with the notice that says so.
#[test]
fn traffic_that_leads_nowhere_is_a_notice() {
    let quiet = BASE.replace("[[at]]", "serve = { work = \"2ms\" }\n[[at]]");
    let notices = |text: &str| reading(text).map(|scenario| scenario.notices).map_err(|_| told(text));
    let traffic = |more: &str| format!("{quiet}\n[[traffic]]\nto = \"web\"\nrate = \"2/s\"\n{more}\n");
    let found = notices(&traffic("")).unwrap();
    assert!(found.iter().any(|n| n.starts_with("'web' publishes no port, so all requests")), "{found:?}");
    let other = "[[service]]\nname = \"other\"\n";
    let found = notices(&traffic(&format!("by = \"other\"\n{other}"))).unwrap();
    assert!(found.iter().any(|n| n.contains("they have no network in common")), "{found:?}");
    let open = traffic("latency = \"20s\"\ntimeout = \"10s\"")
        .replace("\nserve =", "\nports = [\"80:80\"]\nserve =");
    assert_eq!(notices(&open), Ok(vec![]));
    let short = open.replace("2/s", "1000000000/s").replace("latency", "until = \"1s\"\nlatency");
    assert_eq!(notices(&short), Ok(vec![]), "many, but not for long");
}
