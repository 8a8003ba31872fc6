//! Remote Config as a channel that says what flags are.

use std::time::Duration;

use futures_util::stream;

use super::{Problem, RemoteConfig, Told};
use crate::error::Result;
use crate::rollout::Values;
use crate::steering::{Channel, Kind, Signs};
use crate::store::Answer;

/// What it is asked it fetches and puts in force; whoever steers sees to it that nothing changes within a run that must
/// not.
impl Channel for RemoteConfig {
    fn kind(&self) -> Kind {
        Kind::Remote
    }

    fn known(&self) -> Result<Option<Values>> {
        Ok(self.in_force())
    }

    fn ask(&self) -> Answer<'_, Option<Values>> {
        Box::pin(async {
            // What a stream announced was fetched by whoever listens to it. Otherwise the service is asked, however lately
            // it was: an app that is opened again wants to know what holds now.
            let fetched = if self.has_news() { Ok(()) } else { self.fetch_older_than(Duration::ZERO).await.map(drop) };
            let activated = self.activate().await.map(drop);
            match fetched.and(activated) {
                // What could not be written down is in force nevertheless, and may say to stop.
                Ok(()) | Err(Problem::NotKept) => Ok(self.in_force()),
                Err(problem) => Err(problem.into()),
            }
        })
    }

    fn signs(&self) -> Signs<'_> {
        Box::pin(stream::unfold(self.listen(), |mut listening| async move {
            loop {
                if let Told::News { .. } = listening.next().await {
                    return Some(((), listening));
                }
            }
        }))
    }
}

impl RemoteConfig {
    fn in_force(&self) -> Option<Values> {
        let values = self.values();
        values.activated_at.is_some().then_some(values)
    }
}
