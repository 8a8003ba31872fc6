//! A change is shown, checked by Remote Config, agreed to by somebody, and published: in this order.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use super::difference::{Change, between};
use super::remote_template::RemoteTemplate;
use super::service::Service;
use crate::failure::Failure;
use crate::store::wait_for;
use crate::terminal::{self, clean};

/// Who agrees to what is published.
#[derive(Args)]
pub(super) struct Consent {
    /// Publish without asking
    #[arg(long)]
    yes: bool,
    /// Show the difference and have it checked, and publish nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Print JSON; without --yes nothing is published then
    #[arg(long)]
    json: bool,
}

/// What is to be published.
pub(super) enum Publishing {
    /// A template that was changed.
    Changed(RemoteTemplate),
    /// One that was published as this version before.
    Again(RemoteTemplate, u64),
}

#[derive(Serialize)]
struct Outcome<'a> {
    project: &'a str,
    published: bool,
    version: Option<&'a str>,
    etag: &'a str,
    changes: &'a [Change],
}

impl Consent {
    /// Shows what publishing would change, has it checked, asks, and does it.
    pub(super) fn offer(&self, service: &Service, now: &RemoteTemplate, next: &Publishing) -> Result<(), Failure> {
        let template = match next {
            Publishing::Changed(template) | Publishing::Again(template, _) => template,
        };
        let changes = between(&now.content(), &template.content());
        if !self.json {
            show(service.project(), now, &changes)?;
        }
        if changes.is_empty() {
            return self.tell(service, now, false, &changes);
        }
        if let Publishing::Changed(template) = next {
            wait_for(service.validate(template))?;
        }
        if self.dry_run || !self.is_given()? {
            return self.tell(service, now, false, &changes);
        }
        let published = match next {
            Publishing::Changed(template) => wait_for(service.publish(template))?,
            Publishing::Again(_, version) => wait_for(service.roll_back(*version))?,
        };
        self.tell(service, &published, true, &changes)
    }

    fn is_given(&self) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        if self.json || !io::stdin().is_terminal() {
            let message = "nobody is here to agree, and nothing was published: --yes agrees, --dry-run only looks";
            return Err(Failure::Usage(message.to_owned()));
        }
        let mut out = io::stderr().lock();
        write!(out, "Publish this? [y/N] ").and_then(|()| out.flush())?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    fn tell(
        &self,
        service: &Service,
        template: &RemoteTemplate,
        published: bool,
        changes: &[Change],
    ) -> Result<(), Failure> {
        let (project, version) = (service.project(), template.version());
        if self.json {
            let outcome = Outcome { project, published, version, etag: &template.etag, changes };
            return Ok(terminal::print_json(&outcome)?);
        }
        let mut out = terminal::out();
        match (published, version) {
            (true, version) => writeln!(out, "Published as version {}.", clean(version.unwrap_or("unknown")))?,
            (false, _) if changes.is_empty() => writeln!(out, "There is nothing to publish.")?,
            (false, _) => writeln!(out, "Nothing was published.")?,
        }
        Ok(out.flush()?)
    }
}

fn show(project: &str, now: &RemoteTemplate, changes: &[Change]) -> Result<(), Failure> {
    let mut out = terminal::out();
    let version = now.version().map(|version| format!(", version {version} now")).unwrap_or_default();
    writeln!(out, "project {}{}", clean(project), clean(version))?;
    changes.iter().try_for_each(|change| writeln!(out, "  {}", clean(change)))?;
    Ok(out.flush()?)
}
