//! Hearing of a new template at once: a stream that says so, and a fetch each time the values have grown old.
//!
//! | from a template's publishing to its being fetched | at most |
//! |---|---|
//! | while a stream is open | 3 s that are left to chance, so that not all phones come at once, and one fetch |
//! | while there is none | the app's `minimum_interval` (a minute at least), and one fetch |
//!
//! A stream that is opened tells at once what was missed. One that lived for a minute is opened again within 3 s of its
//! end, or when the service asks for it; one whose connection died without a word is taken for ended after 330 s; after
//! all that counts as a failure the table in `throttle` says when.
//!
//! Nothing is activated here: the app says when.

use std::collections::{BTreeSet, VecDeque};
use std::future::pending;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::RemoteConfig;
use super::dice::chance;
use super::failure::Failure;
use super::fetch::{Occasion, throttled};
use super::http::{Pieces, Question};
use super::invalidation::{Invalidation, Objects};
use super::problem::Problem;
use super::throttle::Backoff;

/// All phones that hear of a template at once fetch it within this time.
const SPREAD: Duration = Duration::from_secs(3);
/// A service that has not seen its own new template yet is asked so often.
const ATTEMPTS: u32 = 3;
/// A stream in which nothing was heard for so long is dead.
const SILENT: Duration = Duration::from_secs(330);
/// A stream that ended sooner has failed: otherwise one that always ends would be opened without end. Nor does anybody
/// fetch more often because of age, or is sent away for less.
const SHORT: Duration = Duration::from_secs(60);

/// What there is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Values were fetched that are not in force: these differ.
    News {
        /// The names of the values that differ, those that are gone among them.
        keys: BTreeSet<String>,
        /// The template's version.
        version: Option<u64>,
    },
    /// Something did not work; it is tried again without anybody's doing.
    Trouble(Problem),
    /// There will be no stream before the app has been in the background: values come by the interval alone.
    Deaf(Problem),
}

/// Somebody who listens. Dropping it ends the stream.
pub struct Listening<'a> {
    config: &'a RemoteConfig,
    foreground: watch::Receiver<bool>,
    stream: Option<Stream>,
    /// Why there will be no stream.
    is_deaf: bool,
    wanted: Option<Wanted>,
    /// How often fetching was in vain: without a network, or before the service knew its own template.
    in_vain: Backoff,
    told: VecDeque<Told>,
    last: Option<Told>,
}

struct Stream {
    pieces: Pieces,
    objects: Objects,
    opened: Duration,
    heard: Duration,
    /// The service said when it wants to see us next.
    is_dismissed: bool,
}

/// A template that was announced and is not here yet.
#[derive(Clone, Copy)]
struct Wanted {
    version: u64,
    attempts: u32,
    at: i64,
}

enum Event {
    Background,
    Due,
    Opened(Result<Stream, Failure>),
    Piece(bytes::Bytes),
    Ended,
}

impl RemoteConfig {
    /// Listens, from the first call of [`Listening::next`] on and as long as somebody calls it.
    pub fn listen(&self) -> Listening<'_> {
        Listening {
            config: self,
            foreground: self.foreground.subscribe(),
            stream: None,
            is_deaf: false,
            wanted: None,
            in_vain: Backoff::default(),
            told: VecDeque::new(),
            last: None,
        }
    }

    /// Whether the app is in the foreground, where it begins: in the background streams are closed, and nothing is
    /// fetched by itself.
    pub fn set_foreground(&self, is_foreground: bool) {
        self.foreground.send_if_modified(|was| std::mem::replace(was, is_foreground) != is_foreground);
    }

    async fn open_stream(&self) -> Result<Stream, Failure> {
        let mut refresh = false;
        loop {
            let identity = self.identity(refresh).await?;
            let body = json!({
                "project": self.app.project,
                "namespace": self.app.namespace,
                "lastKnownVersionNumber": self.kept().version().unwrap_or_default().to_string(),
                "appId": self.app.app_id,
                "sdkVersion": env!("CARGO_PKG_VERSION"),
                "appInstanceId": identity.fid,
            });
            let mut headers = self.identified_headers(&identity);
            headers.push(("x-accept-response-streaming", "true".to_owned()));
            let url = self.namespace(super::Host::Stream, "streamFetchInvalidations");
            let (head, pieces) = self.http.open(Question { url, headers, body }).await?;
            match head.status {
                200 => {
                    let now = self.clock.elapsed();
                    let objects = Objects::default();
                    return Ok(Stream { pieces, objects, opened: now, heard: now, is_dismissed: false });
                }
                401 if !refresh => refresh = true,
                _ => return Err(Failure::of(&pieces.whole(head).await?)),
            }
        }
    }
}

impl Listening<'_> {
    /// Waits until there is something to tell. Nothing is lost when the call is given up.
    pub async fn next(&mut self) -> Told {
        loop {
            if let Some(told) = self.told.pop_front() {
                return told;
            }
            if !*self.foreground.borrow_and_update() {
                (self.stream, self.is_deaf) = (None, false);
                if self.foreground.wait_for(|is_foreground| *is_foreground).await.is_err() {
                    return pending().await;
                }
            }
            match self.event().await {
                Event::Background => {}
                Event::Due => self.fetch().await,
                Event::Opened(Ok(stream)) => self.stream = Some(stream),
                Event::Opened(Err(failure)) => self.not_opened(failure).await,
                Event::Piece(piece) => self.hear(&piece).await,
                Event::Ended => self.ended().await,
            }
        }
    }

    async fn event(&mut self) -> Event {
        let (config, due) = (self.config, self.due());
        let heard = async {
            match &mut self.stream {
                None if self.is_deaf => pending().await,
                None => {
                    let until = config.kept().listening.until(config.now());
                    config.wait_until(until.unwrap_or_default()).await;
                    Event::Opened(config.in_time(Box::pin(config.open_stream())).await)
                }
                Some(stream) => {
                    tokio::select! {
                        biased;
                        piece = stream.pieces.next() => piece.map_or(Event::Ended, Event::Piece),
                        () = config.clock.until(stream.heard.saturating_add(SILENT)) => Event::Ended,
                    }
                }
            }
        };
        tokio::select! {
            biased;
            _ = self.foreground.wait_for(|is_foreground| !is_foreground) => Event::Background,
            () = config.wait_until(due) => Event::Due,
            heard = heard => heard,
        }
    }

    /// When to fetch next: what was announced, or what has grown old; never before the service may be asked.
    fn due(&self) -> i64 {
        let (config, now) = (self.config, self.config.now());
        let kept = config.kept();
        let interval = i64::try_from(config.app.minimum_interval.max(SHORT).as_millis()).unwrap_or(i64::MAX);
        // An answer from the future says nothing: the clock was set.
        let answered = kept.answered.filter(|answered| *answered <= now);
        let old = answered.map_or(now, |answered| answered.saturating_add(interval));
        let old = old.max(self.in_vain.until(now).unwrap_or_default());
        let due = self.wanted.map_or(old, |wanted| wanted.at.min(old));
        due.max(kept.fetching.until(now).unwrap_or_default())
    }

    async fn fetch(&mut self) {
        let now = self.config.now();
        let wanted = self.wanted.filter(|wanted| wanted.at <= now);
        let fetched = match wanted {
            Some(wanted) => self.config.fetch_on(Occasion::Announced(wanted.attempts + 1), Duration::ZERO).await,
            None => self.config.fetch().await,
        };
        // What could not be written down came nevertheless, and may say to stop.
        let has_come = matches!(fetched, Ok(_) | Err(Problem::NotKept));
        if let Err(problem) = fetched {
            if !has_come {
                self.later(&problem);
            }
            self.told.push_back(Told::Trouble(problem));
        }
        if has_come {
            self.tell_news();
            match wanted {
                Some(wanted) => self.look_again(wanted),
                None => self.in_vain = Backoff::default(),
            }
        }
    }

    /// Fetching goes on later: as the table says where nobody else does.
    fn later(&mut self, problem: &Problem) {
        let now = self.config.now();
        let chance = chance(self.config.dice.as_ref());
        let at = self.in_vain.fail(now, chance, None);
        if let (Some(wanted), false) = (&mut self.wanted, matches!(problem, Problem::Throttled { .. })) {
            (wanted.at, wanted.attempts) = (at, 0);
        }
    }

    /// Whether what was announced has come; where not, it is on its way within the service.
    fn look_again(&mut self, wanted: Wanted) {
        let has_come = self.config.kept().version().is_none_or(|version| version >= wanted.version);
        let attempts = wanted.attempts + 1;
        if has_come {
            (self.wanted, self.in_vain) = (None, Backoff::default());
        } else if attempts < ATTEMPTS {
            self.wanted = Some(Wanted { attempts, at: self.soon(), ..wanted });
        } else {
            self.later(&Problem::Stale);
            self.told.push_back(Told::Trouble(Problem::Stale));
        }
    }

    fn tell_news(&mut self) {
        let kept = self.config.kept();
        let Some(fetched) = &kept.fetched else { return };
        let nothing = Default::default();
        let active = kept.active.as_ref().map_or(&nothing, |active| &active.entries);
        let names = fetched.entries.keys().chain(active.keys());
        let keys: BTreeSet<String> =
            names.filter(|name| fetched.entries.get(*name) != active.get(*name)).cloned().collect();
        let news = Told::News { keys, version: fetched.version };
        let is_news = !matches!(&news, Told::News { keys, .. } if keys.is_empty());
        if is_news && self.last.as_ref() != Some(&news) {
            self.last = Some(news.clone());
            self.told.push_back(news);
        }
    }

    /// A moment within the spread.
    fn soon(&self) -> i64 {
        let wait = SPREAD.mul_f64(chance(self.config.dice.as_ref()));
        self.config.now().saturating_add(i64::try_from(wait.as_millis()).unwrap_or_default())
    }

    async fn hear(&mut self, piece: &[u8]) {
        let Some(stream) = &mut self.stream else { return };
        stream.heard = self.config.clock.elapsed();
        let Ok(objects) = stream.objects.take(piece) else { return self.ended().await };
        let was_dismissed = objects.iter().any(|object| object.retry_after.is_some());
        objects.into_iter().for_each(|object| self.obey(object));
        if was_dismissed {
            remember(self.config).await;
        }
    }

    fn obey(&mut self, Invalidation { version, disabled, retry_after }: Invalidation) {
        if disabled {
            self.stream = None;
            self.deafen(Problem::NoStreams);
        }
        if let (Some(wait), Some(stream)) = (retry_after, &mut self.stream) {
            stream.is_dismissed = true;
            let now = self.config.now();
            let mut kept = self.config.kept();
            kept.listening = Backoff::default();
            kept.listening.wait(now, wait.max(SHORT));
        }
        if let Some(version) = version {
            self.want(version);
        }
    }

    fn want(&mut self, version: u64) {
        let known = self.config.kept().version().unwrap_or_default();
        if version > known && self.wanted.is_none_or(|wanted| version > wanted.version) {
            self.wanted = Some(Wanted { version, attempts: 0, at: self.soon() });
        }
    }

    /// A stream is over. One that lived is opened again after a few seconds, one that did not is not hurried.
    async fn ended(&mut self) {
        let Some(stream) = self.stream.take() else { return };
        if stream.is_dismissed {
            return;
        }
        let lived = self.config.clock.elapsed().saturating_sub(stream.opened);
        let (now, chance) = (self.config.now(), chance(self.config.dice.as_ref()));
        if lived < SHORT {
            self.config.kept().listening.fail(now, chance, None);
        } else {
            self.config.kept().listening = Backoff::default();
            self.config.kept().listening.wait(now, SPREAD.mul_f64(chance));
        }
        remember(self.config).await;
    }

    async fn not_opened(&mut self, failure: Failure) {
        let (now, chance) = (self.config.now(), chance(self.config.dice.as_ref()));
        let retry_after = match &failure {
            Failure::Busy(retry_after) => *retry_after,
            Failure::Problem(Problem::Unreachable | Problem::TimedOut) => None,
            Failure::Problem(problem) => return self.deafen(problem.clone()),
        };
        let until = self.config.kept().listening.fail(now, chance, retry_after);
        self.told.push_back(Told::Trouble(match failure {
            Failure::Problem(problem) => problem,
            _ => throttled(until),
        }));
        remember(self.config).await;
    }

    fn deafen(&mut self, problem: Problem) {
        self.is_deaf = true;
        self.told.push_back(Told::Deaf(problem));
    }
}

/// What cannot be written down is forgotten at the next launch, and costs a connection too many then.
async fn remember(config: &RemoteConfig) {
    let _ = config.save().await;
}

impl std::fmt::Debug for Listening<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Listening(stream: {}, deaf: {})", self.stream.is_some(), self.is_deaf)
    }
}
