//! Several scenarios compared at once: what each says, and whether they agree.

use serde_json::{Map, Value as Json, json};

use super::Comparison;
use super::markdown::markdown as of_one;
use super::phrase::significant;
use super::program::{facts, rows, table};
use super::ranks::{Ranks, ranks};
use super::text::sentences;
use crate::metrics::info;
use crate::output::json::pretty;
use crate::output::markdown::escape;
use crate::output::page::{Lean, Paint, Style, hang, table as columns};
use crate::words::{number, plural, visible};

/// Version of the form.
const FORM: &str = "swarmbed-compare-several/1";

/// A scenario that was compared.
pub struct Compared {
    /// What it is called.
    pub name: String,
    /// What it shows, in a line.
    pub title: String,
    /// A hash of all that went into it.
    pub hash: String,
    /// What came out: the same variants in every scenario.
    pub comparison: Comparison,
}

fn over(all: &[Compared]) -> Vec<Ranks> {
    ranks(&all.iter().map(|one| &one.comparison).collect::<Vec<_>>())
}

/// How alike the scenarios' rankings are, and how likely that is by chance; nothing of one scenario.
fn agreement(ranks: &Ranks) -> [String; 2] {
    let p = |p: f64| if p < 0.001 { "< 0.001".to_owned() } else { significant(p, 2) };
    [ranks.agreement.map(|w| format!("{w:.2}")), ranks.p.map(p)].map(Option::unwrap_or_default)
}

/// The whole page for a terminal, but for the command that repeats it.
pub fn text(all: &[Compared], style: Style) -> String {
    let Some(first) = all.first() else { return "No scenario has ended.\n".to_owned() };
    let (variants, trials) = (&first.comparison.variants, first.comparison.trials);
    let head = format!(
        "{} over {}, {} of each",
        plural(variants.len(), "variant"),
        plural(all.len(), "scenario"),
        plural(trials as usize, "trial")
    );
    let mut page = hang("", &head, style, Paint::Head);
    page.push_str(&format!("\n{}\n", style.paint(Paint::Head, "MEAN RANKS")));
    let ranks = over(all);
    if ranks.is_empty() {
        page.push_str(&hang("  ", "No metric tells the variants apart.", style, Paint::Plain));
    } else {
        page.push_str(&ranking(variants, &ranks, style));
        let note = "1 is the best, over so many scenarios that tell the variants apart. Agreement is Kendall's W: 1 if they \
                    all order them alike, 0 if they have nothing in common; P is how likely so much of it is by chance.";
        page.push_str(&format!("\n{}", hang("  ", note, style, Paint::Dim)));
    }
    page.push_str(&format!("\n{}\n", style.paint(Paint::Head, "BY SCENARIO")));
    for one in all {
        page.push_str(&hang("  ", &visible(&one.name), style, Paint::Head));
        for (at, variant) in variants.iter().skip(1).enumerate() {
            let pairs: Vec<_> = one.comparison.rows.iter().map(|row| (row, &row.contrasts[at])).collect();
            let name = visible(variant);
            for (sentence, paint) in sentences(&name, &pairs) {
                let sentence =
                    if sentence.starts_with("No") { format!("{name}: {sentence}") } else { sentence };
                page.push_str(&hang("    ", &sentence, style, paint));
            }
        }
        for (variant, seed) in &one.comparison.broken {
            let text = format!("an invariant was broken: {}, seed {seed}", visible(variant));
            page.push_str(&hang("    ", &text, style, Paint::Bad));
        }
    }
    page
}

fn ranking(variants: &[String], ranks: &[Ranks], style: Style) -> String {
    let names: Vec<String> = variants.iter().map(|v| visible(v)).collect();
    let mut head = vec![("METRIC", Lean::Left)];
    head.extend(names.iter().map(|name| (name.as_str(), Lean::Right)));
    head.extend([("OVER", Lean::Right), ("AGREEMENT", Lean::Right), ("P", Lean::Left)]);
    let row = |ranks: &Ranks| {
        let mut row = vec![ranks.metric.clone()];
        row.extend(ranks.mean.iter().map(|mean| format!("{mean:.2}")));
        row.push(number(ranks.scenarios as u64));
        row.extend(agreement(ranks));
        row
    };
    columns(&head, &ranks.iter().map(row).collect::<Vec<_>>(), style)
}

/// The same as Markdown.
pub fn markdown(all: &[Compared]) -> String {
    let Some(first) = all.first() else { return "No scenario has ended.\n".to_owned() };
    let names: Vec<String> = first.comparison.variants.iter().map(|v| escape(v)).collect();
    let mut page = format!(
        "# Mean ranks over {}\n\n1 is the best; agreement is Kendall's W.\n\n| metric | {} | scenarios | agreement | p |\n|---|{}---|---|---|\n",
        plural(all.len(), "scenario"),
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for ranks in over(all) {
        let means: Vec<String> = ranks.mean.iter().map(|mean| format!("{mean:.2}")).collect();
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            ranks.metric,
            means.join(" | "),
            ranks.scenarios,
            agreement(&ranks).join(" | ")
        ));
    }
    for one in all {
        page.push_str(&format!("\n{}", of_one(&one.comparison, &one.title)));
    }
    page
}

/// The same as JSON; `about` are further facts for its beginning.
pub fn json(all: &[Compared], about: Map<String, Json>) -> String {
    let variants = all.first().map(|one| one.comparison.variants.clone()).unwrap_or_default();
    let rank = |ranks: &Ranks| {
        let of = |(variant, mean): (&String, &f64)| json!({ "variant": variant, "mean_rank": mean });
        json!({
            "metric": ranks.metric,
            "better": info(&ranks.metric).map(|m| m.better.word()),
            "variants": variants.iter().zip(&ranks.mean).map(of).collect::<Vec<_>>(),
            "scenarios": ranks.scenarios,
            "agreement": ranks.agreement,
            "p": ranks.p,
        })
    };
    let one = |one: &Compared| {
        let about = [("scenario", &one.name), ("title", &one.title), ("scenario_hash", &one.hash)];
        let mut out: Map<String, Json> =
            about.into_iter().map(|(key, text)| (key.to_owned(), json!(text))).collect();
        out.extend(facts(&one.comparison));
        Json::Object(out)
    };
    let mut out = Map::from_iter([("form".to_owned(), json!(FORM))]);
    out.extend(about);
    out.insert("ranks".to_owned(), over(all).iter().map(rank).collect());
    out.insert("scenarios".to_owned(), all.iter().map(one).collect());
    pretty(&Json::Object(out))
}

/// Every scenario's rows in one tidy table.
pub fn csv(all: &[Compared]) -> String {
    let mut table = table();
    all.iter().for_each(|one| rows(&one.comparison, &one.name, &mut table));
    table.finish()
}
