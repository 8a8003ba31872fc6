//! The document that stops, and the file for development.

use std::fs;

use rehome_core::rollout::{Flags, Said};
use rehome_core::steering::{LocalFile, StopDocument};
use rehome_core::store::Condition;

use super::*;

async fn written(target: &dyn Target, fields: &[(&str, Value)]) {
    let fields: Map = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let write =
        Write { address: StopDocument::ADDRESS.to_owned(), fields: Some(fields.into()), condition: Condition::Always };
    assert!(matches!(target.write(&[write]).await.unwrap()[..], [Outcome::Durable(_)]));
}

#[tokio::test]
async fn a_stop_document_is_a_document_of_the_target_with_flags_of_every_kind_of_value() {
    let app = App::of("ann", 0);
    let document = StopDocument::at(&app.target, &app.clock, StopDocument::ADDRESS);
    assert_eq!(document.ask().await.unwrap(), None);
    let fields = [
        ("stop", Value::Bool(false)),
        ("backfillRolloutPercentage", Value::Double(12.5)),
        ("backfillBatchSize", Value::Int(7)),
        ("reason", Value::String("costs".to_owned())),
        ("backfillDocumentsPerSecond", Value::Array(vec![])),
    ];
    written(&app.target, &fields).await;
    let values = document.ask().await.unwrap().unwrap();
    assert_eq!(values.fetched_at, Some(app.clock.now()));
    let remote = Values::of([ALL[0], ALL[1], ("backfillDocumentsPerSecond", "100")]);
    let flags = Flags::of(Said { remote: Some(&remote), stop: Some(&values), ..Said::default() });
    assert_eq!(flags.decisions().backfill_percentage.to_string(), "12.5");
    assert_eq!((flags.tuning().batch_size, flags.tuning().documents_per_second), (Some(7), Some(1)));
    assert_eq!((flags.reason(), flags.remarks().len()), (Some("costs"), 1));
    assert!(flags.decisions().backfill);
}

#[tokio::test]
async fn a_file_with_flags_is_json_and_need_not_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    let file = LocalFile::at(&path);
    assert_eq!(file.known().unwrap(), None);
    fs::write(&path, r#"{"backfillEnabled": true, "backfillRolloutPercentage": 12.5, "logLevel": "debug"}"#).unwrap();
    let expected =
        Values::of([("backfillEnabled", "true"), ("backfillRolloutPercentage", "12.5"), ("logLevel", "debug")]);
    assert_eq!(file.known().unwrap(), Some(expected.clone()));
    assert_eq!(file.ask().await.unwrap(), Some(expected));
    for (text, what) in [("[1]", "is no JSON object"), (r#"{"stop": [1]}"#, "has something in `stop`")] {
        fs::write(&path, text).unwrap();
        let error = file.known().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadInput);
        assert!(error.to_string().contains(what) && error.to_string().contains("flags.json"), "{error}");
    }
}

#[tokio::test]
async fn a_file_wins_over_what_is_said_from_afar() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    fs::write(&path, r#"{"backfillEnabled": true, "backfillRolloutPercentage": 100}"#).unwrap();
    let (app, file) = (App::of("ann", 3), LocalFile::at(&path));
    assert!(matches!(app.run(&[&file]).await, Steered::Ran(_)));
    assert_eq!(app.arrived(), 3);
}
