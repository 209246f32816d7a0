//! Files that want to do harm, or are no stack files at all: each is refused with a place, none crashes the reader.

use proptest::prelude::*;
use swarmbed_scenarios::stack::{Environment, Reading, read, read_bytes, understand_bytes};
use swarmbed_scenarios::trouble::Trouble;

fn refused(bytes: &[u8]) -> Trouble {
    let trouble = read_bytes("h.yml", bytes, &Environment::new()).expect_err("it cannot be used");
    assert!(trouble.line_and_column().is_some(), "no place: {trouble:#}");
    assert!(trouble.help_text().is_some(), "no help: {trouble:#}");
    trouble
}

fn good(text: &str) -> Reading {
    read("h.yml", text, &Environment::new()).unwrap_or_else(|trouble| panic!("{trouble:#}"))
}

#[test]
fn deep_nesting() {
    for open in ["[", "{a: ", "- ", "? ", "a:\n "] {
        let trouble = refused(open.repeat(20_000).as_bytes());
        assert!(trouble.message().len() < 200, "{trouble}");
    }
    let stairs: String = (0..20_000).map(|depth| format!("{}a:\n", " ".repeat(depth.min(300)))).collect();
    refused(stairs.as_bytes());
}

#[test]
fn aliases_that_multiply() {
    let mut bomb = "x-0: &a0 [lol, lol]\n".to_owned();
    for level in 1..40 {
        bomb += &format!("x-{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    assert!(refused(bomb.as_bytes()).message().starts_with("the file is too large"));
    let text = format!("x-0: &a {}\nx-1: [{}]\n", "q".repeat(1 << 20), "*a, ".repeat(1000));
    assert!(refused(text.as_bytes()).message().starts_with("the file is too large"));
    assert_eq!(refused(b"services: &a {web: *a}").message(), "an anchor contains an alias of itself");
    refused(b"services: {web: {<<: *nobody}}");
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(
        format!("{:#}", refused(b"services:\n  \xff\xfe: 1")),
        "h.yml:2:3: byte 0xff at offset 12 is not UTF-8: this is no YAML text\n  \
         help: save the file as UTF-8; an image or an archive is no stack file"
    );
    refused(&[0; 4096]);
    refused(b"\x7fELF\x02\x01\x01\0\0");
    refused(b"services: {a: {image: \x1b[2J}}");
    refused(b"\xef\xbb\xbf");
    refused(b"%");
    refused(b"--- ---");
}

#[test]
fn tabs() {
    let trouble = refused(b"services:\n\tweb:\n\t\timage: x\n");
    assert_eq!(trouble.line_and_column(), Some((2, 2)));
    assert_eq!(trouble.help_text(), Some("YAML is indented with spaces; replace the tab"));
}

#[test]
fn marks_and_line_ends_of_other_systems() {
    let text = "\u{feff}services:\r\n  web:\r\n    image: nginx\r\n    deploy:\r\n      replicas: 2\r\n";
    assert_eq!(good(text).stack.services[0].deploy.replicas, Some(2));
    let trouble = refused(text.replace("image", "imgae").as_bytes());
    assert_eq!(trouble.line_and_column(), Some((3, 5)));
}

#[test]
fn ten_thousand_services() {
    let mut text =
        "x-d: &d {replicas: 2, placement: {constraints: [node.role == worker]}}\nservices:\n".to_owned();
    for number in 0..10_000 {
        text += &format!(
            "  s{number}: {{image: x, deploy: {{<<: *d}}, ports: ['{}:80'], labels: {{a: b}}}}\n",
            number + 1
        );
    }
    let reading = good(&text);
    assert_eq!(reading.stack.services.len(), 10_000);
    assert_eq!(reading.ignored[0].to_string(), "services.*.labels (s0, s1, s10, s100, s1000 and 9995 more)");
}

#[test]
fn one_enormous_list() {
    let text = format!(
        "services: {{a: {{image: x, cap_add: [{}]}}}}",
        (0..100_000).map(|n| format!("c{n},")).collect::<String>()
    );
    assert_eq!(good(&text).stack.services.len(), 1);
}

const SAMPLES: [&str; 3] = [
    include_str!("../stacks/voting-app.yml"),
    include_str!("../stacks/whoami.yml"),
    include_str!("../stacks/monitoring.yml"),
];

/// Pieces that mean something to one layer or another.
const PIECES: [&str; 40] = [
    "services",
    "web",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "image",
    "x",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<: ",
    "${A",
    "${A:-",
    "$",
    "?",
    "|\n",
    ">",
    "'",
    "\"",
    "#",
    "---\n",
    "deploy",
    "ports",
    "\"80-90:80\"",
    "!!str ",
    "!!binary ",
    "~",
    "0x",
    "\t",
    "\u{feff}",
    "é",
    "\u{0}",
    "volumes",
];

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes);
    }

    #[test]
    fn any_pieces(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        survives(pieces.concat().as_bytes());
    }

    #[test]
    fn samples_with_a_wound(
        sample in 0..SAMPLES.len(),
        at in any::<proptest::sample::Index>(),
        removed in 0_usize..40,
        piece in proptest::sample::select(&PIECES[..]),
    ) {
        let mut bytes = SAMPLES[sample].as_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, piece.bytes());
        survives(&bytes);
    }
}

/// A reading can be shown; a mistake has a sentence and, if it has a place, one inside the text.
fn survives(bytes: &[u8]) {
    match understand_bytes("any.yml", bytes, &Environment::new()) {
        Ok(reading) => assert!(reading.stack.to_json()["services"].is_object()),
        Err(trouble) => {
            assert!(!trouble.message().is_empty());
            assert!(!format!("{trouble:#}").contains('\u{1b}'));
            assert!(trouble.line_and_column().is_some(), "{trouble:#}");
        }
    }
}
