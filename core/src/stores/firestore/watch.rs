//! Watching one document: what is there now, and at once what is there next.

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use prost::Message;
use prost::bytes::Bytes;
use tonic::{Status, Streaming};
use wire::listen_request::TargetChange as Asked;
use wire::target::{DocumentsTarget, ResumeType, TargetType};

use self::glimpse::Glimpses;
use super::status::Failure;
use super::store::FirestoreStore;
use super::wire::{Method, Right};
use crate::error::Error;
use crate::record::base64;
use crate::store::{Answer, Found, Lookout};

mod glimpse;

/// What a watch has seen of its document.
#[derive(Debug)]
pub enum Seen {
    /// It is there, and like this.
    There(Found),
    /// It is not there.
    Absent,
    /// It is as it was when the [`ResumeToken`] was given, or before the call had to be made anew with a fresh token.
    Unchanged,
    /// The connection is gone, for this reason, and what was seen may be old. The next call connects again: wait a
    /// while before it, and longer each time.
    Stale(Error),
}

/// From where on to watch a document again, without reading it anew if it has not changed. It can be kept and used by
/// a later process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeToken {
    token: Vec<u8>,
    was_there: bool,
}

impl ResumeToken {
    /// As text, to keep.
    pub fn to_text(&self) -> String {
        let state = if self.was_there { '+' } else { '-' };
        format!("{state}{}", base64::encode(&self.token))
    }

    /// From its text; none where it is not what [`to_text`](Self::to_text) writes.
    pub fn from_text(text: &str) -> Option<Self> {
        let (was_there, token) = match text.strip_prefix('+') {
            Some(token) => (true, token),
            None => (false, text.strip_prefix('-')?),
        };
        Some(Self { token: base64::decode(token).filter(|token| !token.is_empty())?, was_there })
    }
}

/// A document that is watched. Between two calls of [`next`](Self::next) nothing is lost; dropping it ends the call.
///
/// As long as there is a watch the connection is kept alive, which costs a phone energy: let go of it in the background
/// and go on with the token later.
pub struct Watch<'s> {
    store: &'s FirestoreStore,
    address: String,
    resume: Option<ResumeToken>,
    open: Option<Open>,
}

/// A call that is open, by which right, and what it has told.
struct Open {
    answers: Streaming<wire::ListenResponse>,
    right: Right,
    glimpses: Glimpses,
}

impl FirestoreStore {
    /// Watches what is at an address, from where the token says. Nothing is sent before the first call of
    /// [`Watch::next`].
    pub fn watch(&self, address: impl Into<String>, resume: Option<ResumeToken>) -> Watch<'_> {
        Watch { store: self, address: address.into(), resume, open: None }
    }
}

/// Whoever looks out asks what is there by themselves.
impl Lookout for Watch<'_> {
    fn changed(&mut self) -> Answer<'_, ()> {
        Box::pin(async {
            match self.next().await {
                // A call that was made anew may say that nothing changed: to ask once more leaves no gap.
                Seen::There(_) | Seen::Absent | Seen::Unchanged => Ok(()),
                Seen::Stale(error) => Err(error),
            }
        })
    }
}

impl Watch<'_> {
    /// Waits until there is something to see. The first that is seen is how it is now.
    pub async fn next(&mut self) -> Seen {
        loop {
            match self.glimpse().await {
                Ok(Some(seen)) => return seen,
                Ok(None) => {}
                Err(failure) => match self.open_anew(failure).await {
                    Ok(open) => self.open = Some(open),
                    Err(failure) => {
                        if matches!(failure, Failure::OutOfStep) {
                            self.resume = None;
                        }
                        return Seen::Stale(failure.into());
                    }
                },
            }
        }
    }

    /// From where to go on after what was seen last.
    pub fn resume_token(&self) -> Option<&ResumeToken> {
        self.resume.as_ref()
    }

    async fn glimpse(&mut self) -> Result<Option<Seen>, Failure> {
        let wire = &self.store.wire;
        let Some(open) = &mut self.open else {
            self.open = Some(wire.in_time(self.listen(None)).await?);
            return Ok(None);
        };
        let answer = async { Ok(open.answers.message().await?) };
        // Until it has told how the document is, it has to answer; then there may be nothing to tell for days.
        let answer = if open.glimpses.has_told() { answer.await? } else { wire.in_time(answer).await? };
        let answer = answer.ok_or_else(|| Status::unavailable("the server ended the call"))?;
        let told = open.glimpses.take(wire.root(), answer)?;
        Ok(told.map(|told| {
            self.resume = told.resume.or(self.resume.take());
            told.seen
        }))
    }

    /// Goes on with a fresh token where the call ended because its own is no longer good: days may lie between. One that
    /// ends so with a fresh token, and has told nothing, ends for another reason.
    async fn open_anew(&mut self, failure: Failure) -> Result<Open, Failure> {
        let ended = self.open.take().filter(|open| open.glimpses.has_told() || !open.right.is_fresh);
        let Some(ended) = ended else { return Err(failure) };
        let wire = &self.store.wire;
        let right = wire.fresher(&ended.right, failure).await?;
        wire.in_time(self.listen(Some(right))).await
    }

    async fn listen(&self, right: Option<Right>) -> Result<Open, Failure> {
        let root = self.store.wire.root();
        let documents = DocumentsTarget { documents: vec![root.name(&self.address)] };
        let target = wire::Target {
            target_id: glimpse::TARGET,
            target_type: Some(TargetType::Documents(documents)),
            resume_type: self.resume.clone().map(|resume| ResumeType::ResumeToken(resume.token)),
            ..wire::Target::default()
        };
        let request = wire::ListenRequest {
            database: root.database().to_owned(),
            target_change: Some(Asked::AddTarget(target)),
            ..wire::ListenRequest::default()
        };
        let (wire, message) = (&self.store.wire, Bytes::from(request.encode_to_vec()));
        let (answers, right) = match right {
            Some(right) => (wire.open_with(&right, Method::LISTEN, message).await?, right),
            None => wire.open(Method::LISTEN, message).await?,
        };
        Ok(Open { answers, right, glimpses: Glimpses::since(self.resume.as_ref().map(|resume| resume.was_there)) })
    }
}
