//! Five migrations that people have described, each from a store in memory into one in memory by its plan: the exact
//! documents, rows and items that they asked for. Documents and tables are sources as well as targets, and all of
//! them use the same records, plans and traits.

mod seeds;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rehome_core::error::Result;
use rehome_core::plan::{Context, Document, PlanFile};
use rehome_core::record::{Key, Map, Reason, RecordId, Rejection, Timestamp, Value};
use rehome_core::rehearse::{Port, Progress, Sink, rehearse};
use rehome_core::rules::Rules;
use rehome_core::store::{Batches, Capabilities, Condition, Outcome, Source, Target, Write};
use rehome_core::stores::firestore;
use rehome_core::stores::memory::{MemorySource, MemoryTarget};
use rehome_core::testkit::targets;
use serde_json::{Value as Json, json};

const NOW: &str = "2024-01-01T12:00:00Z";

/// What a plan makes of a store: what is in the target afterwards, and what could not be moved.
struct Moved {
    contents: BTreeMap<String, Map>,
    rejected: Vec<Rejection>,
}

#[derive(Default)]
struct Collected {
    writes: Vec<Write>,
    rejected: Vec<Rejection>,
}

impl Sink for Collected {
    fn document(&mut self, document: Document) -> Result<()> {
        let (address, fields) = (document.address.clone(), Some(document.into_fields().into()));
        self.writes.push(Write { address, fields, condition: Condition::Absent });
        Ok(())
    }

    fn rejected(&mut self, rejection: &Rejection) -> Result<()> {
        self.rejected.push(rejection.clone());
        Ok(())
    }

    fn progress(&mut self, _: &Progress<'_>) {}
}

async fn move_all(plan: &str, source: &MemorySource, rules: Rules) -> Moved {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans").join(format!("{plan}.toml"));
    let text = fs::read_to_string(path).unwrap();
    let schema = source.schema().await.unwrap();
    let checked = PlanFile::check(&text, plan, &schema, &rules).unwrap_or_else(|problems| panic!("{problems}"));
    let context = Context { owner: "ann", now: Timestamp::parse(NOW).unwrap() };
    let (folder, mut collected) = (tempfile::tempdir().unwrap(), Collected::default());
    let report =
        rehearse(source, &checked.plan, &rules, context, folder.path(), Port::Present, &mut collected).await.unwrap();
    assert_eq!(report.read, report.mapped + report.left_out + report.quarantined.total, "the numbers add up");

    let target = MemoryTarget::new(rules, Capabilities { batches: Batches::Partial, conditional: true });
    for write in collected.writes {
        let outcomes = target.write(&[write]).await.unwrap();
        assert!(matches!(outcomes[0], Outcome::Durable(_)), "{outcomes:?}");
    }
    Moved { contents: target.contents(), rejected: collected.rejected }
}

impl Moved {
    /// The fields at an address, which are then no longer there.
    #[track_caller]
    fn has(&mut self, address: &str, fields: Json) {
        let found = self.contents.remove(address);
        let known: Vec<_> = self.contents.keys().collect();
        let found = found.unwrap_or_else(|| panic!("nothing is at {address}, but at {known:?}"));
        assert_eq!(as_json(&Value::Map(found)), fields, "{address}");
    }

    /// Everything was looked at, and nothing was rejected.
    #[track_caller]
    fn has_no_more(&self) {
        assert_eq!(self.contents.keys().collect::<Vec<_>>(), Vec::<&String>::new());
        assert_eq!(self.rejected, []);
    }
}

/// Values that JSON has no word for have their kind as a name: `{"timestamp": "2024-01-01T12:00:00Z"}`.
fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Int(number) => json!(number),
        Value::Double(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Timestamp(moment) => json!({ "timestamp": moment.to_string() }),
        Value::Reference(address) => json!({ "reference": address }),
        Value::Array(items) => items.iter().map(as_json).collect(),
        Value::Map(fields) => fields.iter().map(|(name, value)| (name.clone(), as_json(value))).collect(),
        other => panic!("these migrations have no {}", other.kind().word()),
    }
}

/// The other way; a name in capitals stands for itself.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Double(number.as_f64().unwrap()), Value::Int),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(value).collect()),
        Json::Object(fields) => match fields.get("timestamp").and_then(Json::as_str) {
            Some(text) if fields.len() == 1 => Value::Timestamp(Timestamp::parse(text).unwrap()),
            _ => Value::Map(map(json)),
        },
    }
}

fn map(json: &Json) -> Map {
    json.as_object().unwrap().iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

fn documents(schema: rehome_core::schema::Schema, documents: &[(&str, Json)]) -> MemorySource {
    let source = MemorySource::new(schema);
    for (address, fields) in documents {
        source.put_document(address, map(fields));
    }
    source
}

fn id(entity: &str, key: &str) -> RecordId {
    RecordId { entity: entity.into(), key: Key::Text(key.into()) }
}

/// Rows with text keys, and what their relations lead to.
fn tables(
    schema: rehome_core::schema::Schema,
    rows: &[(&str, &str, Json)],
    links: &[(&str, &str, &str, &str, &str)],
) -> MemorySource {
    let source = MemorySource::new(schema);
    for (entity, key, fields) in rows {
        source.put(entity, Key::Text((*key).into()), map(fields));
    }
    for (entity, key, relation, target, other) in links {
        source.link(&id(entity, key), relation, &[id(target, other)]);
    }
    source
}

fn at(text: &str) -> Json {
    json!({ "timestamp": text })
}

fn competency(skill: &str, subskill: &str) -> Json {
    json!({
        "student_id": 12345, "subject": "Mathematics", "skill_id": skill, "subskill_id": subskill,
        "current_score": 7.5, "credibility": 0.85, "total_attempts": 10, "last_updated": NOW,
    })
}

#[tokio::test]
async fn student_analytics_arrive_as_promised() {
    let attempt = json!({
        "id": "a1", "student_id": 12345, "subject": "Mathematics", "skill_id": "addition",
        "subskill_id": "single_digit", "score": 8.5, "analysis": "Good understanding of addition",
        "feedback": "Keep practicing", "timestamp": NOW,
    });
    let full_review = json!({ "observation": {}, "analysis": {}, "evaluation": { "score": 8 }, "feedback": {} });
    let review = json!({
        "id": "r1", "student_id": 12345, "problem_id": "p1", "subject": "Mathematics", "skill_id": "addition",
        "subskill_id": "single_digit", "full_review": full_review, "score": 8, "timestamp": NOW,
    });
    let source = documents(
        seeds::cosmos(),
        &[
            ("attempts/a1", attempt.clone()),
            ("reviews/r1", review.clone()),
            ("competencies/c1", competency("addition", "single_digit")),
        ],
    );
    let mut moved = move_all("student_analytics", &source, firestore::rules()).await;

    let stamped = |fields: &Json, more: Json| {
        let mut fields = fields.clone();
        let stamps = json!({ "source_system": "cosmos_migration", "migration_timestamp": NOW });
        for other in [stamps, more] {
            fields.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        }
        fields
    };
    moved.has("student_attempts/a1", stamped(&attempt, json!({})));
    moved.has("student_reviews/r1", stamped(&review, json!({ "score": 8.0 })));
    let id = "12345_Mathematics_addition_single_digit";
    let competency = competency("addition", "single_digit");
    moved.has(&format!("student_competencies/{id}"), stamped(&competency, json!({ "id": id })));
    moved.has_no_more();
}

#[tokio::test]
async fn two_competencies_that_want_one_id_are_told_apart() {
    let source = documents(
        seeds::cosmos(),
        &[
            ("competencies/c1", competency("addition", "single_digit")),
            ("competencies/c2", competency("addition_single", "digit")),
        ],
    );
    let moved = move_all("student_analytics", &source, firestore::rules()).await;
    assert_eq!(moved.contents.len(), 1, "the first one has it");
    let rejected: Vec<_> = moved.rejected.iter().map(|one| (one.key.to_string(), one.reason)).collect();
    assert_eq!(rejected, [("c2".to_owned(), Reason::DuplicateId)]);
}

#[tokio::test]
async fn tasks_arrive_in_tables_with_their_responses_inside() {
    let source = documents(
        seeds::firestore(),
        &[
            (
                "tasks/t1",
                json!({
                    "task_type": "tts", "status": "done", "user_id": "u1", "created_at": at(NOW), "updated_at": at(NOW),
                }),
            ),
            ("miner_responses/m1", json!({ "task_id": "t1", "miner_uid": 7, "response": "hello", "score": 0.5 })),
            ("miner_responses/m2", json!({ "task_id": "t1", "miner_uid": 9, "response": "hullo", "score": 0.25 })),
            ("miner_responses/m3", json!({ "task_id": "t2", "miner_uid": 9, "response": "other", "score": 1.0 })),
            ("users/u1", json!({ "email": "Ann@Example.org", "api_key": "k1", "created_at": at(NOW) })),
            ("user_emails/ann@example.org", json!({ "user_id": "u1" })),
            ("api_keys/k1", json!({ "user_id": "u1" })),
        ],
    );
    let mut moved = move_all("task_proxy", &source, targets::relational()).await;
    let responses = r#"[{"miner":7,"score":0.5,"text":"hello"},{"miner":9,"score":0.25,"text":"hullo"}]"#;
    moved.has(
        "tasks/t1",
        json!({
            "id": "t1", "type": "tts", "status": "done", "user_id": "u1", "created_at": at(NOW), "updated_at": at(NOW),
            "miner_responses": responses, "migrated_at": at(NOW),
        }),
    );
    moved.has(
        "users/u1",
        json!({
            "id": "u1", "email": "ann@example.org", "api_key": "k1", "role": "user", "created_at": at(NOW),
            "migrated_at": at(NOW),
        }),
    );
    moved.has_no_more();
}

#[tokio::test]
async fn a_second_user_of_an_email_or_api_key_is_set_aside() {
    let user = |email: &str, key: &str| json!({ "email": email, "api_key": key, "created_at": at(NOW) });
    let source = documents(
        seeds::firestore(),
        &[
            ("users/u1", user("ann@example.org", "k1")),
            ("users/u2", user("ANN@example.org", "k2")),
            ("users/u3", user("bob@example.org", "k1")),
            ("users/u4", user("eve@example.org", "k4")),
        ],
    );
    let moved = move_all("task_proxy", &source, targets::relational()).await;
    assert_eq!(moved.contents.keys().collect::<Vec<_>>(), ["users/u1", "users/u4"]);
    let rejected: Vec<_> = moved.rejected.iter().map(|one| (one.key.to_string(), one.reason)).collect();
    assert_eq!(rejected, [("u2".into(), Reason::DuplicateValue), ("u3".into(), Reason::DuplicateValue)]);
    for rejection in &moved.rejected {
        assert!(rejection.to_string().contains("u1"), "both owners are named: {rejection}");
    }
}

#[tokio::test]
async fn a_trade_journal_arrives_as_items_with_their_date_key() {
    let day = json!({
        "trades": [{ "symbol": "NIFTY", "quantity": 50, "price": 19.5 }],
        "heatmap": { "color": "green" }, "performance": { "net": 120.5 }, "risk": { "max": 0.02 },
        "summary": { "count": 1 }, "updatedAt": at("2023-12-31T18:30:00.5Z"),
    });
    let source = documents(seeds::firestore(), &[("users/u1/trading-journal/2023-12-31", day.clone())]);
    let mut moved = move_all("trade_journal", &source, targets::items()).await;
    moved.has(
        "tradebook-heatmaps/journal_u1_2023-12-31",
        json!({
            "dateKey": "journal_u1_2023-12-31",
            "data": {
                "userId": "u1", "date": "2023-12-31",
                "trades": day["trades"], "heatmap": day["heatmap"], "performance": day["performance"],
                "risk": day["risk"], "summary": day["summary"],
                "metadata": {
                    "migratedFrom": "firestore", "migratedAt": NOW, "originalTimestamp": "2023-12-31T18:30:00.5Z",
                },
            },
            "updatedAt": NOW,
        }),
    );
    moved.has_no_more();
}

#[tokio::test]
async fn habits_completions_streaks_and_xp_arrive_under_their_owner() {
    let rows = [
        ("UserProfile", "U", json!({ "id": "U", "timeZone": "Europe/Vienna", "isPro": true, "createdAt": at(NOW) })),
        ("XPState", "S", json!({ "id": "S", "totalPoints": 10, "level": 2, "updatedAt": at(NOW) })),
        (
            "Habit",
            "H",
            json!({
                "id": "H", "title": "Read", "colorHex": "#ff0000", "frequency": "daily", "isArchived": false,
                "sortIndex": 1, "createdAt": at(NOW), "tags": ["calm"],
            }),
        ),
        ("Streak", "T", json!({ "id": "T", "current": 3, "longest": 5, "freezes": 0 })),
        (
            "Completion",
            "C",
            json!({
                "id": "C", "completedAt": at(NOW), "day": at("2024-01-01T00:00:00Z"), "isSkipped": false,
                "createdAt": at(NOW),
            }),
        ),
        (
            "XPEvent",
            "E",
            json!({
                "id": "E", "kind": "completion", "points": 10, "occurredAt": at(NOW), "metadata": "{\"bonus\":true}",
            }),
        ),
    ];
    let links = [
        ("Habit", "H", "owner", "UserProfile", "U"),
        ("Habit", "H", "buddies", "UserProfile", "U"),
        ("Streak", "T", "habit", "Habit", "H"),
        ("Completion", "C", "habit", "Habit", "H"),
        ("XPState", "S", "user", "UserProfile", "U"),
        ("XPEvent", "E", "completion", "Completion", "C"),
        ("XPEvent", "E", "state", "XPState", "S"),
    ];
    let mut moved = move_all("habits", &tables(seeds::habits(), &rows, &links), firestore::rules()).await;
    let stamped = |mut fields: Json| {
        let stamps = [
            ("source_system", json!("swiftdata_migration")),
            ("plan_version", json!(1)),
            ("migration_timestamp", at(NOW)),
        ];
        fields.as_object_mut().unwrap().extend(stamps.map(|(name, stamp)| (name.to_owned(), stamp)));
        fields
    };
    moved.has(
        "users/ann/habits/h",
        stamped(json!({
            "id": "h", "title": "Read", "color": "#ff0000", "frequency": "daily", "isArchived": false, "sortIndex": 1,
            "createdAt": at(NOW), "tags": ["calm"], "streak": { "current": 3, "longest": 5, "freezes": 0 },
            "owner": { "reference": "users/ann/profiles/u" }, "buddies": [{ "reference": "users/ann/profiles/u" }],
        })),
    );
    moved.has(
        "users/ann/habits/h/completions/c",
        stamped(json!({
            "id": "c", "completedAt": at(NOW), "day": "2024-01-01", "isSkipped": false, "createdAt": at(NOW), "xp": 10,
        })),
    );
    moved.has(
        "users/ann/profiles/u",
        stamped(json!({
            "id": "u", "timeZone": "Europe/Vienna", "isPro": true, "createdAt": at(NOW),
            "xp": { "total": 10, "level": 2, "updatedAt": at(NOW) },
        })),
    );
    moved.has(
        "users/ann/xp/s/events/e",
        stamped(json!({
            "id": "e", "kind": "completion", "points": 10, "occurredAt": at(NOW), "metadata": { "bonus": true },
            "completion": { "reference": "users/ann/habits/h/completions/c" },
        })),
    );
    moved.has_no_more();
}

#[tokio::test]
async fn a_social_backend_arrives_redesigned_for_documents() {
    let post = |deleted: bool| {
        json!({
            "id": "p1", "author_id": "u1", "content": "Hello", "is_deleted": deleted, "upvotes": 2,
            "created_at": at(NOW), "updated_at": at(NOW),
        })
    };
    let rows = [
        ("users", "u1", json!({ "id": "u1", "username": "ann", "password_hash": "secret", "created_at": at(NOW) })),
        ("posts", "p1", post(false)),
        ("posts", "p2", post(true)),
        (
            "comments",
            "c1",
            json!({
                "id": "c1", "post_id": "p1", "author_id": "u1", "content": "Hi", "created_at": at(NOW),
            }),
        ),
        ("chat_rooms", "r1", json!({ "id": "r1", "is_group": false, "created_at": at(NOW) })),
        ("chat_room_participants", "r1,u1", json!({ "room_id": "r1", "user_id": "u1" })),
        (
            "chat_messages",
            "m1",
            json!({
                "id": "m1", "room_id": "r1", "sender_id": "u1", "content": "Hey", "sent_at": at(NOW),
            }),
        ),
        ("chat_requests", "q1", json!({ "requester_id": "u_1", "requestee_id": "u2", "status": "pending" })),
        ("user_relationships", "x1", json!({ "user_id": "u1", "other_id": "u2", "kind": "block" })),
        ("reports", "z1", json!({ "id": "z1", "reporter_id": "u1", "reason": "spam", "post_id": "p1" })),
    ];
    let links = [
        ("posts", "p1", "author", "users", "u1"),
        ("posts", "p2", "author", "users", "u1"),
        ("comments", "c1", "post", "posts", "p1"),
        ("comments", "c1", "author", "users", "u1"),
        ("chat_room_participants", "r1,u1", "room", "chat_rooms", "r1"),
        ("chat_messages", "m1", "room", "chat_rooms", "r1"),
        ("chat_messages", "m1", "sender", "users", "u1"),
        ("reports", "z1", "reporter", "users", "u1"),
    ];
    let mut moved = move_all("empathy_hub", &tables(seeds::postgres(), &rows, &links), firestore::rules()).await;
    let ann = || json!({ "reference": "users/u1" });
    let stamped = |mut fields: Json| {
        fields["migrated_at"] = at(NOW);
        fields
    };
    moved.has("users/u1", stamped(json!({ "id": "u1", "username": "ann", "created_at": at(NOW) })));
    moved.has(
        "posts/p1",
        stamped(json!({
            "id": "p1", "author": ann(), "author_id": "u1", "author_name": "ann", "content": "Hello", "upvotes": 2,
            "created_at": at(NOW), "updated_at": at(NOW),
        })),
    );
    moved.has("posts/p1/comments/c1", stamped(json!({
        "id": "c1", "post_id": "p1", "author_id": "u1", "author": { "id": "u1", "username": "ann" }, "content": "Hi",
        "created_at": at(NOW),
    })));
    moved.has(
        "chat_rooms/r1",
        stamped(json!({
            "id": "r1", "is_group": false, "created_at": at(NOW), "participants": ["u1"],
        })),
    );
    moved.has(
        "chat_rooms/r1/messages/m1",
        stamped(json!({
            "id": "m1", "room_id": "r1", "sender_id": "u1", "sender": ann(), "content": "Hey", "sent_at": at(NOW),
        })),
    );
    moved.has(
        "chat_requests/u%5F1_u2",
        stamped(json!({
            "requester_id": "u_1", "requestee_id": "u2", "status": "pending",
        })),
    );
    moved.has("users/u1/relationships/u2", stamped(json!({ "user_id": "u1", "other_id": "u2", "kind": "block" })));
    moved.has(
        "reports/z1",
        stamped(json!({
            "id": "z1", "reporter_id": "u1", "reporter": ann(), "reason": "spam", "post_id": "p1",
        })),
    );
    moved.has_no_more();
}
