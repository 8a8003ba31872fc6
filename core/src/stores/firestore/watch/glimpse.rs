//! What the answers of a call that listens come to: between two points in time at which everything is told, they say
//! parts of it.

use googleapis_tonic_google_firestore_v1::google::firestore::v1 as wire;
use tonic::{Code, Status};
use wire::listen_response::ResponseType;
use wire::target_change::TargetChangeType;

use super::{ResumeToken, Seen};
use crate::store::Found;
use crate::stores::firestore::decode;
use crate::stores::firestore::names::Root;
use crate::stores::firestore::status::{Failure, nonsense};

/// We listen to one thing in a call, and give it this number.
pub(super) const TARGET: i32 = 1;

/// What is there now, all told, and from where to go on.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) seen: Seen,
    pub(super) resume: Option<ResumeToken>,
}

/// What the answers of one call have told so far.
#[derive(Debug)]
pub(super) struct Glimpses {
    /// Told since everything was told last: what is there, if anything.
    pending: Option<Option<Found>>,
    /// Whether it was there when everything was told last; none where nobody knows.
    was_there: Option<bool>,
    /// Whether all was told at least once.
    is_current: bool,
    /// Whether that was handed on.
    has_told: bool,
}

impl Glimpses {
    /// At the beginning of a call, which goes on from where it was there or not.
    pub(super) fn since(was_there: Option<bool>) -> Self {
        Self { pending: None, was_there, is_current: false, has_told: false }
    }

    pub(super) fn has_told(&self) -> bool {
        self.has_told
    }

    /// Takes an answer; tells what is there where it completes what was told before.
    pub(super) fn take(&mut self, root: &Root, answer: wire::ListenResponse) -> Result<Option<Told>, Failure> {
        match answer.response_type {
            Some(ResponseType::DocumentChange(change)) => {
                if change.target_ids.contains(&TARGET) {
                    let document = decode::document(root, change.document.ok_or_else(nonsense)?)?;
                    self.pending = Some(Some(document.found()?.1));
                } else if change.removed_target_ids.contains(&TARGET) {
                    self.pending = Some(None);
                }
            }
            Some(ResponseType::DocumentDelete(_) | ResponseType::DocumentRemove(_)) => self.pending = Some(None),
            Some(ResponseType::Filter(filter)) if filter.target_id == TARGET => {
                let is_there = self.pending.as_ref().map(Option::is_some).or(self.was_there);
                if is_there.is_some_and(|is_there| is_there != (filter.count > 0)) {
                    return Err(Failure::OutOfStep);
                }
            }
            Some(ResponseType::TargetChange(change)) => return self.take_change(change),
            Some(ResponseType::Filter(_)) | None => {}
        }
        Ok(None)
    }

    fn take_change(&mut self, change: wire::TargetChange) -> Result<Option<Told>, Failure> {
        match change.target_change_type() {
            TargetChangeType::Remove => {
                let (code, message) = change.cause.map(|cause| (cause.code, cause.message)).unwrap_or_default();
                let code = if code == 0 { Code::Unavailable } else { Code::from_i32(code) };
                return Err(Status::new(code, message).into());
            }
            TargetChangeType::Reset => *self = Self::since(None),
            TargetChangeType::Current => self.is_current = true,
            TargetChangeType::Add => {}
            // Without a number it is about everything that is listened to: all of it is told up to this moment.
            TargetChangeType::NoChange => {
                if self.is_current && change.read_time.is_some() && change.target_ids.is_empty() {
                    return Ok(self.all_told(change.resume_token));
                }
            }
        }
        Ok(None)
    }

    fn all_told(&mut self, token: Vec<u8>) -> Option<Told> {
        let (seen, is_there) = match (self.pending.take(), self.was_there) {
            (Some(Some(found)), _) => (Seen::There(found), true),
            (Some(None), _) => (Seen::Absent, false),
            (None, _) if self.has_told => return None,
            (None, Some(was_there)) => (Seen::Unchanged, was_there),
            // It was asked for the first time, and there is nothing to tell.
            (None, None) => (Seen::Absent, false),
        };
        (self.was_there, self.has_told) = (Some(is_there), true);
        let resume = (!token.is_empty()).then_some(ResumeToken { token, was_there: is_there });
        Some(Told { seen, resume })
    }
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;

    fn root() -> Root {
        Root::of("p", "d").unwrap()
    }

    fn answer(response_type: ResponseType) -> wire::ListenResponse {
        wire::ListenResponse { response_type: Some(response_type) }
    }

    fn change(kind: TargetChangeType) -> wire::ListenResponse {
        let mut change = wire::TargetChange { resume_token: vec![7], ..wire::TargetChange::default() };
        change.set_target_change_type(kind);
        change.read_time = Some(Timestamp::default());
        answer(ResponseType::TargetChange(change))
    }

    fn document() -> wire::ListenResponse {
        let document = wire::Document {
            name: root().name("a/b"),
            update_time: Some(Timestamp::default()),
            ..wire::Document::default()
        };
        let target_ids = vec![TARGET];
        answer(ResponseType::DocumentChange(wire::DocumentChange {
            document: Some(document),
            target_ids,
            ..wire::DocumentChange::default()
        }))
    }

    fn filter(count: i32) -> wire::ListenResponse {
        answer(ResponseType::Filter(wire::ExistenceFilter {
            target_id: TARGET,
            count,
            ..wire::ExistenceFilter::default()
        }))
    }

    fn told(glimpses: &mut Glimpses, answers: impl IntoIterator<Item = wire::ListenResponse>) -> Vec<&'static str> {
        let word = |told: Told| match told.seen {
            Seen::There(_) => "there",
            Seen::Absent => "absent",
            Seen::Unchanged => "unchanged",
            Seen::Stale(_) => "stale",
        };
        answers.into_iter().filter_map(|answer| glimpses.take(&root(), answer).unwrap().map(word)).collect()
    }

    #[test]
    fn nothing_has_told_before_everything_is() {
        use TargetChangeType::{Add, Current, NoChange};
        let mut glimpses = Glimpses::since(None);
        let early = [change(Add), document(), change(NoChange), change(Current)];
        assert!(told(&mut glimpses, early).is_empty());
        assert_eq!(told(&mut glimpses, [change(NoChange), change(NoChange)]), ["there"], "and once");
        let delete = answer(ResponseType::DocumentDelete(wire::DocumentDelete::default()));
        assert_eq!(told(&mut glimpses, [delete, change(NoChange)]), ["absent"]);
    }

    #[test]
    fn without_news_it_is_absent_or_as_it_was() {
        use TargetChangeType::{Current, NoChange};
        for (was_there, wanted) in [(None, "absent"), (Some(true), "unchanged"), (Some(false), "unchanged")] {
            let mut glimpses = Glimpses::since(was_there);
            assert_eq!(told(&mut glimpses, [change(Current), change(NoChange)]), [wanted]);
        }
    }

    #[test]
    fn a_count_that_does_not_fit_asks_for_a_fresh_start() {
        for (was_there, count) in [(true, 0), (false, 1)] {
            let failure = Glimpses::since(Some(was_there)).take(&root(), filter(count)).unwrap_err();
            assert!(matches!(failure, Failure::OutOfStep));
        }
        assert!(told(&mut Glimpses::since(Some(true)), [filter(1)]).is_empty());
        assert!(told(&mut Glimpses::since(None), [document(), filter(1)]).is_empty());
    }

    #[test]
    fn a_reset_forgets_what_was_told() {
        use TargetChangeType::{Current, NoChange, Reset};
        let mut glimpses = Glimpses::since(Some(true));
        let answers = [change(Current), document(), change(Reset), change(NoChange), change(Current), change(NoChange)];
        assert_eq!(told(&mut glimpses, answers), ["absent"]);
    }

    #[test]
    fn a_removed_target_says_why() {
        let mut removed = wire::TargetChange::default();
        removed.set_target_change_type(TargetChangeType::Remove);
        removed.cause = Some(googleapis_tonic_google_firestore_v1::google::rpc::Status {
            code: Code::PermissionDenied.into(),
            ..Default::default()
        });
        let failure = Glimpses::since(None).take(&root(), answer(ResponseType::TargetChange(removed))).unwrap_err();
        assert!(matches!(failure, Failure::Status(told) if told.code == Code::PermissionDenied));
    }
}
