//! `rehome flags get`: the project's template.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value as Json;

use super::service::Project;
use crate::failure::Failure;
use crate::output::Output;
use crate::store::wait_for;
use crate::terminal;

/// Fetch the project's template, with the ETag by which `publish` knows whether somebody published meanwhile
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// As it was in this version
    #[arg(long, value_name = "NUMBER")]
    version: Option<u64>,
    /// A file for it; without one it is printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// It is JSON in any case
    #[arg(long, hide = true)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let service = arguments.project.service()?;
    let output = arguments.out.as_deref().map(|path| Output::begin(path, &[])).transpose()?;
    let template = wait_for(service.template(arguments.version))?.to_file();
    match output {
        Some(output) => write(output, &template),
        None => Ok(terminal::print_json(&template)?),
    }
}

fn write(mut output: Output, template: &Json) -> Result<(), Failure> {
    output.line(&format!("{template:#}"))?;
    output.finish()
}
