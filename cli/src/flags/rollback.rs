//! `rehome flags rollback`: a version that was there before, once more.

use clap::Args;

use super::offer::{Consent, Publishing};
use super::service::Project;
use crate::failure::Failure;
use crate::store::wait_for;

/// Publish a former version once more: shown as a difference, and done after a yes
#[derive(Args)]
pub(crate) struct Arguments {
    /// The version; `rehome flags versions` lists them
    #[arg(long, value_name = "NUMBER")]
    to: u64,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let service = arguments.project.service()?;
    let (now, then) = wait_for(async {
        let now = service.template(None).await?;
        Ok::<_, Failure>((now, service.template(Some(arguments.to)).await?))
    })?;
    arguments.consent.offer(&service, &now, &Publishing::Again(then, arguments.to))
}
