//! A run that is steered from afar, or from a file beside it, as an app's is.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rehome_core::backfill::{Backfill, Control, Request};
use rehome_core::clock::SystemClock;
use rehome_core::error::Result;
use rehome_core::journal::SqliteJournal;
use rehome_core::remote_config::{Endpoint, FirebaseApp, RemoteConfig};
use rehome_core::rollout::Stop;
use rehome_core::steering::{Channel, LocalFile, Steered, Steering, StopDocument};

use crate::terminal;

/// Who steers a run.
#[derive(Args)]
pub(super) struct Steer {
    /// Be steered by flags in a JSON file, which is read again every second: {"backfillEnabled": true,
    /// "backfillRolloutPercentage": 100}
    #[arg(long, value_name = "FILE")]
    flags: Option<PathBuf>,
    /// Be steered by the project's Remote Config, as this app of it: 1:123456789012:ios:0123456789abcdef
    #[arg(long, value_name = "APP_ID", requires = "api_key")]
    remote_config: Option<String>,
    /// The app's API key
    #[arg(long, value_name = "KEY", requires = "remote_config")]
    api_key: Option<String>,
    /// Another server than Google's for Remote Config
    #[arg(long, value_name = "URL", requires = "remote_config")]
    remote_config_server: Option<String>,
    /// Be stopped by a document in Firestore, as soon as it says so: rehome/stop. With --admin it is asked every 30 s
    #[arg(long, value_name = "ADDRESS")]
    stop_document: Option<String>,
}

/// What a run is steered with.
pub(super) struct Helm<'a> {
    pub(super) backfill: Backfill<'a>,
    pub(super) journal: Arc<SqliteJournal>,
    pub(super) clock: Arc<SystemClock>,
    pub(super) project: &'a str,
    pub(super) user: &'a str,
}

impl Steer {
    /// Carries as long as whoever steers lets it; without anybody just carries.
    pub(super) async fn run(&self, helm: &Helm<'_>, request: &Request, control: &Control) -> Result<Steered> {
        let remote = self.remote_config(helm).await?;
        let file = self.flags.as_ref().map(LocalFile::at);
        let (target, clock) = (helm.backfill.target, helm.backfill.clock);
        let stop = self.stop_document.as_ref().map(|address| StopDocument::at(target, clock, address));
        let all = [
            remote.as_ref().map(|channel| channel as &dyn Channel),
            file.as_ref().map(|channel| channel as &dyn Channel),
            stop.as_ref().map(|channel| channel as &dyn Channel),
        ];
        let channels: Vec<&dyn Channel> = all.into_iter().flatten().collect();
        if channels.is_empty() {
            return helm.backfill.run(request, control).await.map(Steered::Ran);
        }
        let steering = Steering { channels: &channels, defaults: None, journal: &*helm.journal, clock };
        for (_, error) in steering.refresh().await?.unheard {
            terminal::tell(format_args!("{error}"));
        }
        let launch = steering.launch(helm.user, &request.scope).await?;
        steering.run(&launch, &helm.backfill, request, control).await
    }

    async fn remote_config(&self, helm: &Helm<'_>) -> Result<Option<RemoteConfig>> {
        let Some((app_id, key)) = self.remote_config.as_ref().zip(self.api_key.as_ref()) else { return Ok(None) };
        let mut app = FirebaseApp::new(helm.project, key, app_id);
        if let Some(server) = &self.remote_config_server {
            app.endpoint = Endpoint::At(server.clone());
        }
        RemoteConfig::open(app, helm.journal.clone(), helm.clock.clone()).await.map(Some)
    }
}

/// Why somebody who is not let in is not.
pub(super) const OUTSIDE: &str = "The user is not among those whose records are carried yet: rehome flags explain says \
                                  why. The same command goes on once they are";

/// What stopped a run, and what now.
pub(super) fn told(stop: Stop) -> String {
    format!("It is stopped, since {stop}; the same command goes on once that says otherwise")
}
