//! Fetching values, which changes nothing yet, and activating them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::RemoteConfig;
use super::answer::Fetch;
use super::dice::chance;
use super::failure::Failure;
use super::http::Question;
use super::installation::Identity;
use super::kept::Template;
use super::problem::Problem;
use crate::record::Timestamp;

/// How a fetch went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The service was asked, and answered.
    Answered,
    /// The values that are there are young enough, and nobody was asked.
    Fresh,
}

/// On what occasion somebody fetches: Google counts them apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Occasion {
    /// Somebody wants to.
    Base,
    /// A stream announced a template; this is the try of that number.
    Announced(u32),
}

/// How the last fetch ended, for those who came while it was underway.
#[derive(Debug, Default)]
pub(super) struct Flight {
    landed: u64,
    with: Option<Result<Fetched, Problem>>,
}

/// A question that is underway.
type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

impl RemoteConfig {
    /// Fetches values unless those that are there are younger than the app's `minimum_interval`. What was fetched is
    /// not in force before [`activate`](Self::activate). Whoever comes while a fetch is underway gets its result.
    ///
    /// # Errors
    /// Says why there are no newer values; those that are in force stay so.
    pub async fn fetch(&self) -> Result<Fetched, Problem> {
        self.fetch_older_than(self.app.minimum_interval).await
    }

    /// The same with another interval: none at all asks in any case, unless the service wants to be left alone.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_older_than(&self, age: Duration) -> Result<Fetched, Problem> {
        self.fetch_on(Occasion::Base, age).await
    }

    pub(super) async fn fetch_on(&self, occasion: Occasion, age: Duration) -> Result<Fetched, Problem> {
        let landed = self.landed();
        let mut flight = self.flight.lock().await;
        if let (true, Some(with)) = (flight.landed > landed, &flight.with) {
            return with.clone();
        }
        let with = self.fetch_now(occasion, age).await;
        if with == Ok(Fetched::Fresh) {
            // Nobody was asked, and young enough for one is not so for all who wait.
            return with;
        }
        flight.landed += 1;
        flight.with = Some(with.clone());
        self.landings.store(flight.landed, std::sync::atomic::Ordering::Release);
        with
    }

    fn landed(&self) -> u64 {
        self.landings.load(std::sync::atomic::Ordering::Acquire)
    }

    async fn fetch_now(&self, occasion: Occasion, age: Duration) -> Result<Fetched, Problem> {
        let now = self.now();
        let (is_fresh, until) = {
            let kept = self.kept();
            (kept.is_fresh(now, age), kept.fetching.until(now))
        };
        if is_fresh {
            return Ok(Fetched::Fresh);
        }
        if let Some(until) = until {
            return self.ended(Err(throttled(until)));
        }
        let answered = self.in_time(Box::pin(self.ask_for_values(occasion))).await;
        let ended = match answered {
            Ok((Fetch::Values { entries, version }, etag)) => {
                let fetched_at = self.now();
                self.take(Template { etag, version, entries, fetched_at, activated_at: None });
                Ok(Fetched::Answered)
            }
            Ok((Fetch::Same { version }, _)) => {
                self.confirm(version);
                Ok(Fetched::Answered)
            }
            Ok((Fetch::Unsure, _)) => Err(self.busy(None)),
            Err(Failure::Busy(retry_after)) => Err(self.busy(retry_after)),
            Err(Failure::Problem(problem)) => Err(problem),
        };
        let saved = self.save().await;
        self.ended(ended.and_then(|fetched| saved.map(|()| fetched)))
    }

    async fn ask_for_values(&self, occasion: Occasion) -> Result<(Fetch, Option<String>), Failure> {
        let mut refresh = false;
        loop {
            let identity = self.identity(refresh).await?;
            let answer = self.http.ask(self.question(&identity, occasion)).await?;
            match answer.head.status {
                200 => {
                    let fetch = Fetch::read(&answer.body).ok_or(Problem::Garbled)?;
                    return Ok((fetch, answer.head.etag));
                }
                304 => return Ok((Fetch::Same { version: None }, answer.head.etag)),
                // The token looked good and was not.
                401 if !refresh => refresh = true,
                _ => return Err(Failure::of(&answer)),
            }
        }
    }

    fn question(&self, identity: &Identity, occasion: Occasion) -> Question {
        let (etag, signals) = {
            let kept = self.kept();
            (kept.fetched.as_ref().and_then(|fetched| fetched.etag.clone()), kept.signals.clone())
        };
        let mut headers = self.identified_headers(identity);
        headers.push(("if-none-match", etag.unwrap_or_else(|| "*".to_owned())));
        headers.push(("x-firebase-rc-fetch-type", occasion.to_string()));
        let device = &self.app.device;
        let said = [
            ("language_code", device.language.as_deref()),
            ("country_code", device.country.as_deref()),
            ("time_zone", device.time_zone.as_deref()),
            ("platform_version", device.platform_version.as_deref()),
            ("app_version", device.app_version.as_deref()),
            ("app_build", device.app_build.as_deref()),
            ("package_name", self.app.caller.package()),
            ("app_id", Some(self.app.app_id.as_str())),
            ("app_instance_id", Some(identity.fid.as_str())),
            ("app_instance_id_token", Some(identity.token.as_str())),
            ("sdk_version", Some(env!("CARGO_PKG_VERSION"))),
        ];
        let said = said.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
        let mut body: Map<String, Value> = said.collect();
        if !signals.is_empty() {
            body.insert("custom_signals".to_owned(), json!(signals));
        }
        Question { url: self.namespace(super::Host::Fetch, "fetch"), headers, body: Value::Object(body) }
    }

    fn take(&self, fetched: Template) {
        let mut kept = self.kept();
        kept.answered = Some(fetched.fetched_at);
        kept.fetching = Default::default();
        kept.fetched = Some(fetched);
    }

    /// What was fetched is as good as new, and so is what is in force if it is that.
    fn confirm(&self, version: Option<u64>) {
        let now = self.now();
        let mut kept = self.kept();
        let is_in_force = !kept.has_news();
        kept.answered = Some(now);
        kept.fetching = Default::default();
        let kept = &mut *kept;
        let active = kept.active.as_mut().filter(|_| is_in_force);
        for template in kept.fetched.as_mut().into_iter().chain(active) {
            template.fetched_at = now;
            template.version = version.or(template.version);
        }
    }

    fn busy(&self, retry_after: Option<Duration>) -> Problem {
        let (now, chance) = (self.now(), chance(self.dice.as_ref()));
        throttled(self.kept().fetching.fail(now, chance, retry_after))
    }

    fn ended(&self, ended: Result<Fetched, Problem>) -> Result<Fetched, Problem> {
        *self.problem() = ended.as_ref().err().cloned();
        ended
    }

    /// Puts what was fetched in force, where that is something else than what is. Answers whether it was.
    ///
    /// # Errors
    /// It is in force, but could not be written down and is not at the next launch.
    pub async fn activate(&self) -> Result<bool, Problem> {
        let now = self.now();
        {
            let mut kept = self.kept();
            if !kept.has_news() {
                return Ok(false);
            }
            kept.active = kept.fetched.clone().map(|fetched| Template { activated_at: Some(now), ..fetched });
        }
        self.save().await?;
        Ok(true)
    }

    /// Fetches as [`fetch`](Self::fetch) does and activates what there is then, also where fetching failed: something
    /// may have been fetched before. Answers whether anything changed.
    ///
    /// # Errors
    /// As those two.
    pub async fn fetch_and_activate(&self) -> Result<bool, Problem> {
        let fetched = self.fetch().await;
        let activated = self.activate().await?;
        fetched.map(|_| activated)
    }

    /// No longer than the app's `timeout`.
    pub(super) async fn in_time<T>(&self, work: Asking<'_, T>) -> Result<T, Failure> {
        let end = self.clock.elapsed().saturating_add(self.app.timeout);
        tokio::select! {
            biased;
            done = work => done,
            () = self.clock.until(end) => Err(Problem::TimedOut.into()),
        }
    }
}

impl std::fmt::Display for Occasion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Occasion::Base => out.write_str("BASE/1"),
            Occasion::Announced(attempt) => write!(out, "REALTIME/{attempt}"),
        }
    }
}

pub(super) fn throttled(until: i64) -> Problem {
    Problem::Throttled { until: Timestamp::from_millis(until) }
}
