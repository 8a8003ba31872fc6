//! What a template is evaluated with: the file itself, what is known of somebody, and what the app has by itself.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use rehome_core::rollout::Flag;
use serde_json::{Map, Value as Json};

use super::template::{self, Defaults, Given, Problem, Signal, Signals, Template, Undecided};
use crate::failure::Failure;
use crate::terminal;

/// A template, and what it is evaluated with.
#[derive(Args)]
pub(super) struct Evaluation {
    /// The template: as `rehome flags get` writes it, or a server's
    #[arg(long, value_name = "FILE")]
    template: PathBuf,
    /// A signal that conditions may ask for, as a text
    #[arg(long = "signal", value_name = "KEY=VALUE", value_parser = signal)]
    signals: Vec<(String, String)>,
    /// All signals at once, as the JSON object that a server hands to Firebase's library
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// What the app has by itself, as a JSON object of flags; without it Rehome's flags have Rehome's defaults
    #[arg(long, value_name = "FILE")]
    defaults: Option<PathBuf>,
}

/// The same, read.
pub(super) struct Evaluated {
    pub(super) template: Template,
    pub(super) signals: Signals,
    pub(super) defaults: Defaults,
}

fn signal(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is expected, such as tier=paid")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Evaluation {
    /// Reads the files; what is doubtful in the template is told.
    pub(super) fn read(&self) -> Result<Evaluated, Failure> {
        let template = read_template(&self.template)?;
        let mut signals = match &self.context {
            Some(path) => Given::read(&object(path)?).map_err(|problem| of_file(path, &[problem]))?.signals,
            None => Signals::new(),
        };
        signals.extend(self.signals.iter().cloned().map(|(key, value)| (key, Signal::Text(value))));
        let mut defaults: Defaults =
            Flag::ALL.iter().map(|flag| (flag.name().to_owned(), flag.spec().default.to_owned())).collect();
        if let Some(path) = &self.defaults {
            let own = template::defaults(&object(path)?).map_err(|problem| of_file(path, &[problem]))?;
            defaults.extend(own);
        }
        Ok(Evaluated { template, signals, defaults })
    }
}

/// A template from a file; what is doubtful in it is told.
pub(super) fn read_template(path: &Path) -> Result<Template, Failure> {
    let template = Template::read(&text(path)?).map_err(|problems| of_file(path, problems.list()))?;
    template.warnings.iter().for_each(|warning| terminal::tell(format_args!("{}: {warning}", path.display())));
    Ok(template)
}

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    String::from_utf8(bytes).map_err(|_| Failure::Work(format!("{} is no text in UTF-8: is it JSON?", path.display())))
}

fn object(path: &Path) -> Result<Map<String, Json>, Failure> {
    serde_json::from_str(&text(path)?).map_err(|error| {
        let message = format!("{} is no JSON object: {error}. {{ \"tier\": \"paid\" }} is one", path.display());
        Failure::Work(message)
    })
}

/// All that is wrong with a file, a line each.
pub(super) fn of_file(path: &Path, problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems.iter().map(|problem| format!("{}: {problem}", path.display())).collect();
    Failure::Work(lines.join("\n"))
}

/// A flag that only Google can tell for somebody.
pub(super) fn undecided(Undecided(condition): Undecided<'_>) -> Failure {
    Failure::Work(format!(
        "it depends on condition \"{condition}\", which is an expression of the phones' template. Google evaluates it \
         itself, and how it draws percentages there is published nowhere. A server's template has conditions that can be \
         evaluated here; and a percentage flag of Rehome's is decided on the device, by `rehome flags bucket`"
    ))
}
