//! `rehome flags versions`: who published what, and when.

use std::io::Write;

use clap::Args;
use serde_json::Value as Json;

use super::service::Project;
use crate::failure::Failure;
use crate::store::wait_for;
use crate::terminal::{self, cell, laid_out, table};

/// List the versions that were published, the latest first
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=300))]
    most: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let service = arguments.project.service()?;
    let versions = wait_for(service.versions(arguments.most))?;
    if arguments.json {
        return Ok(terminal::print_json(&versions)?);
    }
    let mut out = terminal::out();
    if versions.is_empty() {
        writeln!(out, "Nothing was published yet.")?;
        return Ok(out.flush()?);
    }
    let mut rows = table(&["version", "published", "by", "how", "what for"]);
    for version in &versions {
        let text = |json: &Json| cell(json.as_str().unwrap_or_default());
        rows.add_row(vec![
            text(&version["versionNumber"]),
            text(&version["updateTime"]),
            text(&version["updateUser"]["email"]),
            cell(how(version)),
            text(&version["description"]),
        ]);
    }
    writeln!(out, "{}", laid_out(rows))?;
    Ok(out.flush()?)
}

fn how(version: &Json) -> String {
    match (version["updateType"].as_str(), version["rollbackSource"].as_str()) {
        (Some("ROLLBACK"), Some(source)) => format!("rollback to {source}"),
        (Some("ROLLBACK"), None) => "rollback".to_owned(),
        (Some("FORCED_UPDATE"), _) => "forced".to_owned(),
        _ => String::new(),
    }
}
