//! A run's settings, as the flags have them.

use std::time::Duration;

use crate::backfill::Settings;
use crate::rollout::{Flag, Flags, Source};

/// The app's own settings with what the flags say of them. What nobody speaks of stays as the app has it, and a channel
/// that only tightens never makes more of it than that.
pub(super) fn tuned(own: &Settings, flags: &Flags) -> Settings {
    let tuning = flags.tuning();
    let tightens = |flag| flags.told(flag).source == Source::StopDocument;
    let mut settings = own.clone();
    if let Some(size) = tuning.batch_size {
        let size = size as usize;
        settings.batch_records = if tightens(Flag::BatchSize) { size.min(own.batch_records) } else { size };
    }
    if let Some(seconds) = tuning.timeout_seconds {
        settings.timeout = Duration::from_secs(seconds.into());
    }
    if let Some(retries) = tuning.retries {
        settings.retries.attempts = if tightens(Flag::Retries) { retries.min(own.retries.attempts) } else { retries };
    }
    if let Some(rate) = tuning.documents_per_second {
        let rate = f64::from(rate);
        let before = own.pace.ceiling.filter(|_| tightens(Flag::DocumentsPerSecond));
        let ceiling = before.map_or(rate, |before| before.min(rate));
        settings.pace.ceiling = Some(ceiling);
        settings.pace.start = Some(own.pace.start.map_or(ceiling, |start| start.min(ceiling)));
    }
    settings
}
