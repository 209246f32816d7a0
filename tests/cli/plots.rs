//! `--plots`: pictures of a run and of a comparison.

use std::fs;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::{arg, file, folder, recorded, root, swarmbed};

const OF_RUN: [&str; 3] = ["wait.svg", "load.svg", "nodes.svg"];
const OF_COMPARISON: [&str; 2] = ["differences.svg", "wait.svg"];

/// Draws a run and gives back its pictures, in the order of [`OF_RUN`].
fn drawn(run: &[&str], into: &Path) -> Vec<String> {
    let ran = swarmbed(&[run, &["--plots", arg(into)]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let files: &[&str] = if run[0] == "run" { &OF_RUN } else { &OF_COMPARISON };
    files.iter().map(|name| fs::read_to_string(into.join(name)).expect("it was drawn")).collect()
}

/// The words of a picture, a line each. Panics unless every element is closed by its own end, and every number is one.
fn words(svg: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut words = Vec::new();
    let (first, rest) = svg.split_once('<').expect("it begins with an element");
    assert_eq!(first, "");
    for piece in rest.split('<') {
        let (tag, text) = piece.split_once('>').expect("what is opened is closed");
        assert!(!text.contains('>'), "{piece}");
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).expect("an element has a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{piece}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
        words.extend(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
    }
    assert_eq!(open, [""; 0], "everything is closed");
    words
}

#[test]
fn a_run_is_drawn_as_recorded() {
    let folder = folder();
    let pictures = drawn(&["run", "basics/walkthrough"], &folder.path().join("new/plots"));
    let page: Vec<String> = OF_RUN
        .iter()
        .zip(&pictures)
        .map(|(name, svg)| {
            let hash = xxh3_64(svg.as_bytes());
            format!("{name} {hash:016x}, {} bytes\n  {}\n", svg.len(), words(svg).join("\n  "))
        })
        .collect();
    recorded(&root().join("tests/cli/plots/walkthrough.txt"), &page.join("\n"));
    let again = drawn(&["run", "basics/walkthrough"], &folder.path().join("again"));
    assert!(pictures == again, "the same run gives the same bytes");
}

#[test]
fn requests_are_drawn_where_there_are_some() {
    let folder = folder();
    let into = folder.path().join("pictures");
    drawn(&["run", "mesh/reboot"], &into);
    let svg = fs::read_to_string(into.join("requests.svg")).expect("it was drawn");
    let words = words(&svg);
    for said in ["What became of requests", "requests a second", "answered", "lost", "from sending to answer"]
    {
        assert!(words.iter().any(|word| word == said), "{said}: {words:?}");
    }
    drawn(&["run", "basics/walkthrough"], &into);
    assert!(!into.join("requests.svg").exists(), "it would be taken for one of this run");
}

#[test]
fn the_picture_of_the_readme_is_drawn_by_its_command() {
    let folder = folder();
    let compare = ["compare", "basics/voting-app", "--strategy", "swarm-spread", "--strategy", "binpack"];
    recorded(&root().join("docs/pictures/differences.svg"), &drawn(&compare, folder.path())[0]);
}

#[test]
fn a_comparison_is_drawn_the_same_by_any_number_of_threads() {
    let folder = folder();
    let compare = ["compare", "basics/walkthrough", "--strategy", "swarm-spread", "--strategy", "binpack"];
    let strategies = [&compare[..], &["--strategy", "random", "--trials", "6"]].concat();
    let one = drawn(&[&strategies[..], &["--jobs", "1"]].concat(), &folder.path().join("one"));
    let two = drawn(&[&strategies[..], &["--jobs", "2"]].concat(), &folder.path().join("two"));
    assert!(one == two);
    let (differences, waits) = (words(&one[0]), words(&one[1]));
    for variant in ["binpack against swarm-spread", "random against swarm-spread"] {
        assert!(differences.iter().any(|text| text == variant), "{differences:?}");
    }
    assert!(waits.iter().any(|text| text.starts_with("binpack: half within")), "{waits:?}");
}

#[test]
fn however_large_the_cluster_a_picture_is_small() {
    let folder = folder();
    let stack = ["run", "--stack", "stacks/whoami.yml", "--nodes", "3000", "--managers", "3"];
    for svg in drawn(&stack, folder.path()) {
        words(&svg);
        assert!(svg.len() < 1_500_000, "{} bytes", svg.len());
    }
    let nodes = fs::read_to_string(folder.path().join("nodes.svg")).unwrap();
    assert!(nodes.contains("a row is 25 nodes"), "it says that nodes are drawn together");
}

#[test]
fn nothing_to_draw_is_said_and_leaves_no_picture_of_another_run() {
    let folder = folder();
    let compare = |trials: &str| {
        let run = ["compare", "basics/walkthrough", "--strategy", "swarm-spread", "--strategy", "binpack"];
        swarmbed(&[&run[..], &["--plots", arg(folder.path()), "--trials", trials]].concat())
    };
    assert_eq!((compare("4").code, folder.path().join("differences.svg").exists()), (0, true));
    let ran = compare("1");
    assert!(ran.err.contains("differences.svg' is not drawn: one trial tells no interval"), "{}", ran.err);
    assert_eq!((ran.code, folder.path().join("differences.svg").exists()), (0, false));
    assert!(folder.path().join("wait.svg").exists());
}

#[test]
fn only_pictures_of_ours_are_replaced() {
    let folder = folder();
    let foreign = file(&folder, "load.svg", "<svg>years of work</svg>");
    let ran = swarmbed(&["run", "basics/walkthrough", "--plots", arg(folder.path())]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "refused before the run");
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "<svg>years of work</svg>");
    let ran = swarmbed(&["run", "basics/walkthrough", "--plots", arg(&foreign)]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("is a file, and pictures"), "{}", ran.err);
    // Beside a kept run, and over pictures of another one.
    let kept = folder.path().join("kept");
    for seed in ["1", "2"] {
        let ran = swarmbed(&[
            "run",
            "basics/walkthrough",
            "--seed",
            seed,
            "--out",
            arg(&kept),
            "--force",
            "--plots",
            arg(&kept),
        ]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let load = fs::read_to_string(kept.join("load.svg")).unwrap();
        assert!(load.contains(&format!("seed {seed}  digest")), "{load}");
    }
    assert_eq!(swarmbed(&["replay", "basics/walkthrough", "--against", arg(&kept)]).code, 0);
}

/// Where it is known what containers really use, that is drawn.
#[test]
fn use_is_drawn_where_it_is_known() {
    let folder = folder();
    let [_, load, nodes] =
        drawn(&["run", "workloads/herding"], folder.path()).try_into().expect("three pictures");
    assert!(load.contains("CPU in use"), "beside what is reserved");
    assert!(nodes.contains("CPU that containers want of each node"));
}

#[test]
fn a_plan_is_drawn_the_same_each_time() {
    let folder = folder();
    let asked = ["plan", "managers", "--managers", "3..5"];
    let drawn = |name: &str| {
        let into = folder.path().join(name);
        let ran = swarmbed(&[&asked[..], &["--plots", arg(&into)]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        fs::read_to_string(into.join("managers.svg")).expect("it was drawn")
    };
    let svg = drawn("one");
    assert!(svg == drawn("two"), "the same plan gives the same bytes");
    let words = words(&svg);
    for said in ["5  2-2-1  &lt;", "without a quorum (exact)", "10m", "even: more can fail than of one fewer"]
    {
        assert!(words.iter().any(|word| word == said), "{said}: {words:?}");
    }
}
