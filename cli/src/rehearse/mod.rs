//! `rehome rehearse`: reads and maps everything, sends nothing, and says what each record would become.

mod findings;
mod json;
mod summary;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use rehome_core::plan::Context;
use rehome_core::record::Timestamp;
use rehome_core::rehearse::{Port, rehearse};
use rehome_core::rules::{AddressRules, is_reserved_segment};
use rehome_core::stores::firestore;

use crate::failure::Failure;
use crate::output::{Output, is_same_file};
use crate::plan;
use crate::price::Prices;
use crate::progress::Reporter;
use crate::sample::Sample;
use crate::store::{self, Reading, wait_for};
use crate::terminal;
use findings::Findings;
use summary::Summary;

/// Read and map a whole store as a plan says, and say what would happen; nothing is sent
///
/// Of several plans, as one for each old release of an app, the one is taken that names the store's schema in
/// `schema`, or else the one that names none.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The plan, or several of which one is for the store
    #[arg(required_unless_present = "sample", value_name = "PLAN")]
    plans: Vec<PathBuf>,
    /// The app's store
    #[arg(long, required_unless_present = "sample")]
    store: Option<PathBuf>,
    /// Whose data it is: {uid} in the plan
    #[arg(long, value_name = "UID", required_unless_present = "sample")]
    user: Option<String>,
    /// Rehearse the habit app's store that the tool brings along
    #[arg(long, conflicts_with_all = ["plans", "store"])]
    sample: bool,
    /// Write the documents here, in Firestore's JSON notation, one a line
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the records that cannot be moved here, one a line
    #[arg(long, value_name = "FILE")]
    quarantine: Option<PathBuf>,
    /// Print the summary as JSON, and progress as lines of JSON
    #[arg(long)]
    json: bool,
    /// Exit with 1 where any record is quarantined
    #[arg(long)]
    strict: bool,
    /// Rehearse an app that uploads nothing: records with values for its upload port are quarantined
    #[arg(long)]
    no_uploads: bool,
    /// The Firebase project that names in the documents begin with; without one they are relative
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Another price table, as cli/src/price.toml
    #[arg(long, value_name = "FILE")]
    price: Option<PathBuf>,
    /// The moment that stamps say, instead of this one
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    now: Option<Timestamp>,
    #[command(flatten)]
    reading: Reading,
}

/// What is rehearsed.
struct Job {
    plans: Vec<PathBuf>,
    store: PathBuf,
    user: String,
    /// The sample, where that is it; its files are there as long as this is.
    sample: Option<Sample>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let job = Job::of(arguments)?;
    let prices = Prices::load(arguments.price.as_deref())?;
    let root = arguments.project.as_deref().map(documents_of).transpose()?;
    let mut findings = Findings {
        documents: begin(arguments.out.as_deref(), arguments, &job)?,
        quarantine: begin(arguments.quarantine.as_deref(), arguments, &job)?,
        root,
        reporter: Reporter::new(arguments.json),
    };
    let source = store::open(&job.store, &arguments.reading)?;
    let rules = firestore::rules();
    let schema = store::schema(&source)?;
    let (file, checked) = plan::check(&job.plans, &schema, &rules)?;
    if job.plans.len() > 1 {
        terminal::tell(format_args!("{file} is the plan for this store's schema"));
    }
    checked.warnings.iter().for_each(terminal::tell);
    let folder = store::temporary_folder()?;
    let context = Context { owner: &job.user, now: arguments.now.unwrap_or_else(now) };
    let port = if arguments.no_uploads { Port::Missing } else { Port::Present };
    let report = wait_for(rehearse(&*source, &checked.plan, &rules, context, folder.path(), port, &mut findings))?;
    findings.finish()?;
    // The sample is whole: the tool has just made it.
    let warnings = if job.sample.is_some() { &[][..] } else { &schema.warnings };
    let summary = Summary { job: &job, plan: &checked.plan, report: &report, warnings, prices: &prices };
    match arguments.json {
        true => terminal::print_json(&json::Comes::to(&summary))?,
        false => summary.print()?,
    }
    match report.quarantined.total {
        0 => Ok(()),
        _ if !arguments.strict => Ok(()),
        total => Err(Failure::Work(format!("{total} records are quarantined, and --strict makes that a failure"))),
    }
}

impl Job {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let sample = match arguments.sample {
            true => Some(wait_for(store::aside(Sample::in_a_temporary_folder))?),
            false => None,
        };
        let (plans, store) = match &sample {
            Some(sample) => (vec![sample.plan()], sample.store()),
            None => (arguments.plans.clone(), arguments.store.clone().unwrap_or_default()),
        };
        let user = arguments.user.clone().unwrap_or_else(|| "sample-user".to_owned());
        if let Some(why) = no_user(&user, &firestore::rules().address) {
            let advice = "give the id that the user has in Firebase";
            return Err(Failure::Usage(format!("--user {why}, which no document's path can hold: {advice}")));
        }
        Ok(Self { plans, store, user, sample })
    }

    /// The store as a person knows it.
    fn shown(&self) -> String {
        match self.sample {
            Some(_) => "the sample store".to_owned(),
            None => self.store.display().to_string(),
        }
    }
}

fn begin(path: Option<&Path>, arguments: &Arguments, job: &Job) -> Result<Option<Output>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let both = arguments.out.as_ref().zip(arguments.quarantine.as_ref());
    if both.is_some_and(|(out, quarantine)| is_same_file(out, quarantine)) {
        return Err(Failure::Usage("--out and --quarantine are one file: give them two".to_owned()));
    }
    let mut inputs = store::files(&job.store);
    inputs.extend(job.plans.iter().cloned());
    inputs.extend(arguments.price.clone());
    Output::begin(path, &inputs).map(Some)
}

/// What stands before addresses in a Firebase project.
fn documents_of(project: &str) -> Result<String, Failure> {
    if project.is_empty() || project.contains('/') {
        return Err(Failure::Usage(format!(
            "--project {project:?} is no project's id: give it as in Firebase's console"
        )));
    }
    Ok(format!("projects/{project}/databases/{}/documents", firestore::DEFAULT_DATABASE))
}

/// Why nobody can be called that: the user's id is a segment of documents' paths, and is never escaped.
fn no_user(user: &str, rules: &AddressRules) -> Option<&'static str> {
    match user {
        "" => Some("is empty"),
        _ if user.contains('/') => Some("has a slash"),
        _ if user.len() > rules.max_segment_bytes => Some("is too long"),
        _ if is_reserved_segment(user) => Some("is \".\", \"..\" or of the form __x__"),
        _ => None,
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write it as 2024-01-31T12:00:00Z".to_owned())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
}
