//! Draws what was counted: bars where a terminal shows them, plain lines else.

use std::io::{self, IsTerminal, Write};

use super::count::{Counted, Ladder, Simulated};
use crate::failure::Failure;
use crate::terminal::{self, cell, clean, counted, laid_out, number, table};

/// How long a bar for everybody is.
const LENGTH: usize = 40;

pub(super) fn print(simulated: &Simulated<'_>) -> Result<(), Failure> {
    let bars = io::stdout().is_terminal();
    let Simulated { users, template_version, flags, ladders } = simulated;
    let mut out = terminal::out();
    let version = template_version.map(|version| format!(", template version {version}")).unwrap_or_default();
    writeln!(out, "{}{}", counted(*users, "user"), clean(version))?;
    if flags.is_empty() {
        writeln!(
            out,
            "No flag of the template is different for different users. One of them all the same: --flag NAME"
        )?;
    }
    for flag in flags {
        writeln!(out, "\n{}", values(flag, *users, bars))?;
    }
    for ladder in ladders {
        writeln!(out, "\n{}", climb(ladder, *users, bars))?;
    }
    Ok(out.flush()?)
}

fn values(flag: &Counted<'_>, users: u64, bars: bool) -> String {
    let mut rows = table(&[flag.flag, "users", "share", if bars { " " } else { "" }, "decided by"]);
    for one in &flag.values {
        let by = match (one.condition, one.source) {
            (Some(condition), "remote") => format!("condition {condition}"),
            (Some(condition), _) => format!("condition {condition}: the app's own"),
            (None, "remote") => "the template's default".to_owned(),
            (None, _) => "the app's own".to_owned(),
        };
        let value = if one.value.is_empty() { "(empty)" } else { one.value };
        rows.add_row(vec![
            cell(value),
            number(one.users),
            cell(share(one.users, users)),
            cell(if bars { bar(one.users, users) } else { String::new() }),
            cell(by),
        ]);
    }
    let mut text = laid_out(rows);
    if let Some(are_in) = flag.are_in {
        text.push_str(&format!("\nOf all of them {} are in, {}.", terminal::grouped(are_in), share(are_in, users)));
    }
    text
}

fn climb(ladder: &Ladder<'_>, users: u64, bars: bool) -> String {
    let mut rows = table(&["at", "users in", "share", if bars { " " } else { "" }, ""]);
    for step in &ladder.steps {
        rows.add_row(vec![
            cell(format!("{} %", percent(step.micro_percent))),
            number(step.users),
            cell(share(step.users, users)),
            cell(if bars { bar(step.users, users) } else { String::new() }),
            cell(if step.is_now { "<- now" } else { "" }),
        ]);
    }
    let seed = if ladder.seed.is_empty() { "no seed".to_owned() } else { format!("seed {}", ladder.seed) };
    format!("{}, drawn with {}\n{}", clean(ladder.of.join(", ")), clean(seed), laid_out(rows))
}

/// Millionths of a percent as people write percent.
fn percent(micro: u32) -> String {
    let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn share(users: u64, of: u64) -> String {
    format!("{:.2} %", users as f64 * 100.0 / of as f64)
}

/// A bar in eighths of a letter: nobody has none, and a few are to be seen.
fn bar(users: u64, of: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (users * LENGTH as u64 * 8).div_ceil(of.max(1)) as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!([0, 1, 50, 100].map(|users| bar(users, 100).chars().count()), [0, 1, 20, 40]);
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(100, 100), "█".repeat(40));
    }

    #[test]
    fn percentages_are_written_as_people_write_them() {
        assert_eq!([0, 1, 500_000, 10_000_000, 100_000_000].map(percent), ["0", "0.000001", "0.5", "10", "100"]);
    }
}
