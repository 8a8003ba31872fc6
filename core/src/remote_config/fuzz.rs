//! Answers and streams with something wrong in them, and streams in pieces. The inputs lie in `core/fuzz-corpus`.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::answer::{Fetch, reason};
use super::invalidation::{Endless, Invalidation, Objects};
use super::kept::Kept;
use crate::testkit::fuzz::{corpus, mutated, mutations};

static ANSWERS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let update = r#"{"entries":{"backfillEnabled":"true","日本":"\"{}\" é 😀","empty":""},"state":"UPDATE",
        "templateVersion":"42","experimentDescriptions":[{"experimentId":"_exp_1","variantId":"0",
        "affectedParameterKeys":["empty"]}],"rolloutMetadata":[{"rolloutId":"rollout_1","variantId":"control",
        "affectedParameterKeys":["backfillEnabled"]}],"personalizationMetadata":{}}"#;
    let refusal = r#"{"error":{"code":403,"message":"off","status":"PERMISSION_DENIED","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com"}]}}"#;
    let made = [
        ("update", update.into()),
        ("no_change", br#"{"state":"NO_CHANGE","templateVersion":7}"#.to_vec()),
        ("no_template", br#"{"state":"NO_TEMPLATE"}"#.to_vec()),
        ("empty_config", br#"{"state":"EMPTY_CONFIG","templateVersion":"3"}"#.to_vec()),
        ("unsure", br#"{"state":"INSTANCE_STATE_UNSPECIFIED"}"#.to_vec()),
        ("refusal", refusal.into()),
    ];
    corpus("remote_config_answer", &made)
});

static STREAMS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let array = "[{\n  \"latestTemplateVersionNumber\": \"5\"\n}\n,\r\n{\n  \"retryIntervalSeconds\": 60\n}\n";
    let texts = r#"[{"note":"}{ \" \\","latestTemplateVersionNumber":6},{"featureDisabled":true}"#;
    let nested = r#"{"about":{"a":[{"b":{}}]},"latestTemplateVersionNumber":"7","retryIntervalSeconds":"15"}"#;
    let made =
        [("array", array.into()), ("texts", texts.into()), ("nested", nested.into()), ("quiet", b"[ \r\n".to_vec())];
    corpus("remote_config_stream", &made)
});

fn hear(bytes: &[u8]) -> Result<Vec<Invalidation>, Endless> {
    Objects::default().take(bytes)
}

/// The same in pieces.
fn hear_in_pieces<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Invalidation>, Endless> {
    let mut objects = Objects::default();
    let heard: Result<Vec<_>, _> = pieces.map(|piece| objects.take(piece)).collect();
    Ok(heard?.concat())
}

#[test]
fn the_answers_of_the_corpus_are_read_or_tell_their_reason() {
    assert!(ANSWERS.iter().all(|bytes| Fetch::read(bytes).is_some() || reason(bytes).is_some()));
}

#[test]
fn a_stream_is_heard_whatever_stands_between_its_objects_and_in_their_texts() {
    let version = |version| Invalidation { version: Some(version), ..Invalidation::default() };
    let wait = |seconds| Some(Duration::from_secs(seconds));
    let heard: Vec<_> = STREAMS.iter().map(|bytes| hear(bytes).unwrap()).collect();
    for expected in [
        vec![version(5), Invalidation { retry_after: wait(60), ..Invalidation::default() }],
        vec![version(6), Invalidation { disabled: true, ..Invalidation::default() }],
        vec![Invalidation { retry_after: wait(15), ..version(7) }],
        vec![],
    ] {
        assert!(heard.contains(&expected), "{expected:?} was not heard in {heard:?}");
    }
}

#[test]
fn what_has_no_end_or_no_bottom_is_refused_before_it_is_large() {
    let deep = format!(r#"{{"state":"UPDATE","entries":{{}},"x":{}"#, "[".repeat(1_000_000));
    assert_eq!(Fetch::read(deep.as_bytes()), None);
    let entries: Vec<String> = (0..20_000).map(|at| format!(r#""k{at}":"""#)).collect();
    assert_eq!(Fetch::read(format!(r#"{{"entries":{{{}}}}}"#, entries.join(",")).as_bytes()), None);
    assert_eq!(hear("{".repeat(100).as_bytes()), Err(Endless));
    let long = format!(r#"{{"latestTemplateVersionNumber":"{}"#, "1".repeat(100_000));
    assert_eq!(hear_in_pieces(long.as_bytes().chunks(7)), Err(Endless));
    assert_eq!(hear(&vec![b','; 1_000_000]), Ok(vec![]));
}

/// An answer that cannot be what it should be must not clear the flags.
#[test]
fn what_is_no_answer_of_this_service_changes_nothing() {
    for text in [
        "",
        "{}",
        "null",
        "[]",
        "<html>",
        r#"{"state":"UPDATE"}"#,
        r#"{"state":"SOMETHING","entries":{}}"#,
        r#"{"state":"UPDATE","entries":{"flag":true}}"#,
        r#"{"state":"UPDATE","entries":["flag"]}"#,
        r#"{"state":"UPDATE","entries":{"flag":"on"}} and more"#,
    ] {
        assert_eq!(Fetch::read(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn an_answer_with_something_wrong_in_it_is_answered(mutations in mutations()) {
        for bytes in ANSWERS.iter() {
            let bytes = mutated(bytes, &mutations);
            let _ = Fetch::read(&bytes);
            let _ = reason(&bytes);
        }
    }

    #[test]
    fn a_stream_says_the_same_in_whatever_pieces_it_comes(
        which: Index,
        mutations in prop::option::of(mutations()),
        cuts in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let bytes = mutated(&STREAMS[which.index(STREAMS.len())], &mutations.unwrap_or_default());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
        prop_assert_eq!(hear_in_pieces(pieces), hear(&bytes));
        prop_assert_eq!(hear_in_pieces(bytes.chunks(1)), hear(&bytes));
    }

    #[test]
    fn noise_is_answered(noise: Vec<u8>) {
        let _ = Fetch::read(&noise);
        let _ = reason(&noise);
        let _ = hear(&noise);
        let _ = Kept::from_text(Some(&String::from_utf8_lossy(&noise)));
    }
}
