//! `rehome flags publish`: a template from a file.

use std::path::PathBuf;

use clap::Args;
use rehome_core::rollout::Flag;

use super::evaluation::{of_file, read_template, text};
use super::offer::{Consent, Publishing};
use super::remote_template::RemoteTemplate;
use super::service::Project;
use super::template::{Content, Problem, Template};
use crate::failure::Failure;
use crate::store::wait_for;

/// Publish a template that was fetched with `get` and changed: shown as a difference, checked, and sent after a yes
#[derive(Args)]
pub(crate) struct Arguments {
    /// The template
    file: PathBuf,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    consent: Consent,
    /// What the list of versions shall say of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { file, project, consent, note } = arguments;
    let template = read_template(file)?;
    let wrong = not_allowed(&template);
    if !wrong.is_empty() {
        return Err(of_file(file, &wrong));
    }
    let members = serde_json::from_str(&text(file)?)
        .map_err(|error| Failure::Work(format!("{} is no JSON object: {error}", file.display())))?;
    let (mut next, has_etag) = RemoteTemplate::of_file(members);
    let service = project.service()?;
    let now = wait_for(service.template(None))?;
    if has_etag && next.etag != now.etag {
        return Err(stale(&next, &now, file));
    }
    next.etag.clone_from(&now.etag);
    match note {
        Some(note) => next.describe(note),
        None => next.describe_nothing(),
    }
    consent.offer(&service, &now, &Publishing::Changed(next))
}

/// Values of Rehome's flags that no phone would take.
fn not_allowed(template: &Template) -> Vec<Problem> {
    let mut wrong = Vec::new();
    for parameter in &template.parameters {
        let Some(flag) = Flag::named(&parameter.name) else { continue };
        let allowed = flag.spec().allowed;
        let by_condition = parameter.conditional.iter().map(|(at, content)| (Some(*at), content));
        for (at, content) in by_condition.chain(parameter.default.as_ref().map(|content| (None, content))) {
            let Content::Text(text) = content else { continue };
            if allowed.read(text).is_none() {
                let of = at.map(|at| format!(", condition \"{}\"", template.conditions[at].name)).unwrap_or_default();
                let message = format!("it may be {allowed}, and not \"{text}\"");
                wrong.push(Problem { place: format!("parameter \"{}\"{of}", parameter.name), message });
            }
        }
    }
    wrong
}

fn stale(file_has: &RemoteTemplate, now: &RemoteTemplate, file: &std::path::Path) -> Failure {
    let version = |template: &RemoteTemplate| template.version().unwrap_or("unknown").to_owned();
    Failure::Work(format!(
        "{} was fetched as version {}, and the project is at version {}: somebody else has published since, and nothing \
         was published. Fetch it again with `rehome flags get`, look at what they changed, and make your change there",
        file.display(),
        version(file_has),
        version(now)
    ))
}
