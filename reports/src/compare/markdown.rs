//! A comparison as a page of Markdown, for a pull request or a paper's draft.

use super::phrase::{amount, significant, verdict};
use super::{Comparison, Row};
use crate::output::markdown::escape;
use crate::words::number;

/// The whole page but for the command that repeats it.
pub fn markdown(c: &Comparison, title: &str) -> String {
    let mut page = format!(
        "# {}\n\n{} trials of each variant from seed {} on.\n",
        escape(title),
        number(c.trials),
        c.seed
    );
    if c.variants.len() == 1 {
        page.push_str("\n| metric | mean |\n|---|---|\n");
        c.rows.iter().for_each(|row| page.push_str(&format!("| `{}` | {} |\n", row.metric, mean(row, 0))));
    }
    for variant in 1..c.variants.len() {
        let (here, base) = (escape(&c.variants[variant]), escape(&c.variants[0]));
        page.push_str(&format!(
            "\n## {here} against {base}\n\n| metric | {base} | {here} | difference, 95 % interval | effect | verdict |\n\
             |---|---|---|---|---|---|\n"
        ));
        c.rows.iter().for_each(|row| page.push_str(&line(c, row, variant)));
    }
    for (variant, seed) in &c.broken {
        page.push_str(&format!("\nAn invariant was broken: {}, seed {seed}.\n", escape(variant)));
    }
    page
}

fn mean(row: &Row, variant: usize) -> String {
    row.values[variant].mean().map_or("–".to_owned(), |mean| amount(mean, row.unit))
}

fn line(c: &Comparison, row: &Row, variant: usize) -> String {
    let contrast = &row.contrasts[variant - 1];
    let short = |value: f64| significant(value, 4);
    let difference = match (contrast.difference, contrast.interval) {
        (Some(d), Some(i)) => format!("{} [{}, {}]", short(d), short(i.low), short(i.high)),
        (Some(d), None) => short(d),
        _ => "–".to_owned(),
    };
    let effect = contrast.effect.map_or("–".to_owned(), |effect| significant(effect, 3));
    format!(
        "| `{}` | {} | {} | {difference} | {effect} | {} |\n",
        row.metric,
        mean(row, 0),
        mean(row, variant),
        verdict(row, contrast, c.trials)
    )
}
