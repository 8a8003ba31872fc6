//! `rehome flags set`: one flag or several, from a shell.

use clap::Args;
use rehome_core::rollout::Flag;

use super::offer::{Consent, Publishing};
use super::service::Project;
use crate::failure::Failure;
use crate::store::wait_for;
use crate::terminal;

/// Set flags for everybody who has no value by condition: shown as a difference, checked, and published after a yes
#[derive(Args)]
pub(crate) struct Arguments {
    /// The flags, such as backfillEnabled=false; `rehome flags show` lists them
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = assignment)]
    assignments: Vec<(String, String)>,
    #[command(flatten)]
    project: Project,
    #[command(flatten)]
    consent: Consent,
    /// Drop the values that these flags have by condition, so that nobody is left out
    #[arg(long)]
    for_everybody: bool,
    /// What the list of versions shall say of it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Set flags too that Rehome does not know, as they are written
    #[arg(long)]
    force: bool,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is expected, such as backfillEnabled=false")?;
    if name.is_empty() {
        return Err("the flag's name is missing before the =".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { assignments, project, consent, for_everybody, note, force } = arguments;
    let assignments = checked(assignments, *force)?;
    let service = project.service()?;
    let now = wait_for(service.template(None))?;
    let mut next = now.clone();
    for (name, text) in &assignments {
        next.set(name, text, *for_everybody)?;
        let conditions = next.conditions_of(name);
        if !conditions.is_empty() {
            terminal::tell(format_args!(
                "{name} keeps its values by condition ({}): --for-everybody drops them",
                conditions.join(", ")
            ));
        }
    }
    let said: Vec<String> = assignments.iter().map(|(name, text)| format!("{name}={text}")).collect();
    next.describe(note.as_deref().unwrap_or(&said.join(" ")));
    consent.offer(&service, &now, &Publishing::Changed(next))
}

/// The texts as they are published. What is wrong with any of them is told at once, and nothing is sent.
fn checked(assignments: &[(String, String)], force: bool) -> Result<Vec<(String, String)>, Failure> {
    let (mut checked, mut wrong): (Vec<(String, String)>, _) = (Vec::new(), Vec::new());
    for (name, text) in assignments {
        if checked.iter().any(|(other, _)| other == name) {
            wrong.push(format!("{name} is set twice: which is meant?"));
            continue;
        }
        match Flag::named(name).map(|flag| (flag.spec(), flag.spec().allowed.read(text))) {
            Some((_, Some(setting))) => checked.push((name.clone(), setting.to_string())),
            Some((spec, None)) => wrong.push(format!("{name} may be {}, and not \"{text}\"", spec.allowed)),
            None if force => checked.push((name.clone(), text.clone())),
            None => wrong.push(format!(
                "{name} is no flag of Rehome's{}. `rehome flags show` lists them; --force sets it all the same",
                nearest(name).map(|near| format!(": is {near} meant?")).unwrap_or_default()
            )),
        }
    }
    if wrong.is_empty() { Ok(checked) } else { Err(Failure::Usage(wrong.join("\n"))) }
}

/// The flag whose name is hardly different.
fn nearest(name: &str) -> Option<&'static str> {
    let far = |flag: &Flag| strsim::damerau_levenshtein(&flag.name().to_lowercase(), &name.to_lowercase());
    Flag::ALL.iter().map(|flag| (far(flag), flag.name())).min().filter(|(far, _)| *far <= 5).map(|(_, name)| name)
}
