//! A live app keeps fields of its own in the documents that are carried, and they stay its own.

use std::sync::Arc;

use rehome_core::backfill::{Backfill, Control, Ended, Request, Settings, Start};
use rehome_core::clock::SystemClock;
use rehome_core::journal::{Ask, Counters, Journal, Leased, Scope, SqliteJournal};
use rehome_core::plan::{Plan, PlanFile};
use rehome_core::record::{Key, Kind, Map, Name, RecordId, Timestamp, Value};
use rehome_core::remote_state::StateAddress;
use rehome_core::rollback::{self, Left, Mode, Rollback, Tally, WhyLeft, by_ledger};
use rehome_core::schema::{Entity, Field, Schema};
use rehome_core::store::{Condition, Fields, Outcome, Say, Target, Write};
use rehome_core::stores::firestore;
use rehome_core::stores::memory::MemorySource;
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::FaultProxy;

use super::{admin, open, through};

const PLAN: &str = r#"
name = "notes"
[stamp]
by = { tool = "rehome" }
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
revision = "edited"
fields = ["text", "edited"]
"#;

/// A device with notes, and where they are carried to.
struct Phone {
    source: MemorySource,
    journal: SqliteJournal,
    plan: Plan,
    target: Arc<dyn Target>,
}

impl Phone {
    fn of(notes: i64, target: Arc<dyn Target>) -> Self {
        let fields =
            vec![Field::new("id", Kind::String), Field::new("text", Kind::String), Field::new("edited", Kind::Int)];
        let schema = Schema {
            store: "memory".into(),
            entities: vec![Entity { fields, ..Entity::new("Note") }],
            ..Schema::default()
        };
        let plan = PlanFile::check(PLAN, "notes.toml", &schema, &firestore::rules()).unwrap().plan;
        let journal = SqliteJournal::in_memory().unwrap();
        let phone = Self { source: MemorySource::new(schema), journal, plan, target };
        (1..=notes).for_each(|number| phone.put(number, 1, "as it was"));
        phone
    }

    fn put(&self, number: i64, edited: i64, text: &str) {
        let fields = [("id", format!("n{number}").as_str().into()), ("text", text.into()), ("edited", edited.into())];
        self.source.put("Note", Key::Int(number), fields.map(|(name, value)| (name.to_owned(), value)).into());
    }

    fn delete(&self, number: i64) {
        self.source.delete(&RecordId { entity: "Note".into(), key: Key::Int(number) });
    }

    async fn run(&self, start: Start) -> Counters {
        let state = StateAddress::of("ann").unwrap();
        let backfill = Backfill {
            source: &self.source,
            target: &*self.target,
            journal: &self.journal,
            plan: &self.plan,
            clock: &SystemClock::default(),
            uploads: None,
            state: Some(&state),
        };
        let request = Request { scope: scope(), start, holder: "app".to_owned() };
        let report = backfill.run(&request, &Control::new(Settings::unthrottled())).await.unwrap();
        assert!(matches!(report.ended, Ended::Complete), "{:?}", report.ended);
        assert!(report.counters.add_up(), "{:?}", report.counters);
        report.counters
    }

    /// The live app writes a field of its own, and one beside our stamp.
    async fn like(&self, number: i64) {
        let fields = Map::from([("likes".to_owned(), 3.into()), ("by".to_owned(), Value::Map(reader()))]);
        let ways: [&[&str]; 2] = [&["likes"], &["by", "reader"]];
        let say = Say::over(ways.map(|way| way.iter().map(|name| Name::from(*name)).collect()));
        let fields = Some(Fields::Among(fields.into(), say));
        let outcomes =
            self.target.write(&[Write { address: note(number), fields, condition: Condition::Always }]).await;
        assert!(matches!(outcomes.unwrap()[..], [Outcome::Durable(_)]));
    }

    async fn at(&self, number: i64) -> Option<Map> {
        Some(self.target.look(&[note(number)], None).await.unwrap().remove(0)?.fields)
    }

    /// What is there, and what of it is the live app's.
    async fn is_liked(&self, number: i64, text: &str) {
        let there = self.at(number).await.unwrap();
        assert_eq!((&there["text"], &there["likes"]), (&text.into(), &3.into()), "n{number}");
        let by: Map = reader().into_iter().chain([("tool".to_owned(), "rehome".into())]).collect();
        assert_eq!(there["by"], Value::Map(by), "n{number}");
    }
}

fn reader() -> Map {
    Map::from([("reader".to_owned(), "app".into())])
}

fn scope() -> Scope {
    Scope::of("notes", "ann")
}

fn note(number: i64) -> String {
    format!("users/ann/notes/n{number}")
}

async fn both_stores(server: &FirestoreServer) -> [Arc<dyn Target>; 2] {
    let (user, admin) = (server.project(), server.project());
    [open(user.user("ann")), admin::connect(admin.id(), admin.address()).await.unwrap()]
}

pub(crate) async fn a_live_apps_fields_survive_a_replace_and_keep_their_documents(server: &FirestoreServer) {
    for target in both_stores(server).await {
        let phone = Phone::of(20, target);
        phone.run(Start::Resume).await;
        for number in 1..=3 {
            phone.like(number).await;
        }
        phone.put(1, 2, "edited");
        phone.delete(2);
        phone.delete(4);
        let counters = phone.run(Start::Resume).await;
        assert_eq!((counters.replaced, counters.deleted, counters.newer_there), (1, 1, 1));
        phone.is_liked(1, "edited").await;
        phone.is_liked(2, "as it was").await;
        assert_eq!(phone.at(4).await, None);

        // The first one was written by us last.
        phone.put(1, 3, "edited again");
        phone.run(Start::Resume).await;
        phone.is_liked(1, "edited again").await;
        phone.delete(1);
        assert_eq!(phone.run(Start::Resume).await.deleted, 1);
        phone.is_liked(1, "edited again").await;
    }
}

pub(crate) async fn a_rollback_leaves_what_a_live_app_has_fields_in(server: &FirestoreServer) {
    for target in both_stores(server).await {
        let phone = Phone::of(20, target);
        phone.run(Start::Resume).await;
        phone.like(1).await;
        phone.like(2).await;
        phone.put(2, 2, "edited");
        phone.run(Start::Resume).await;

        let leased = phone.journal.lease(&scope(), "app", Ask::Force, Timestamp::from_millis(0)).await.unwrap();
        let Leased::Yours(lease) = leased else { panic!("no lease") };
        let rollback = Rollback {
            target: &*phone.target,
            journal: &phone.journal,
            plan: &phone.plan,
            clock: &SystemClock::default(),
            voice: None,
            mode: Mode::Delete(&lease),
        };
        let mut told = Told(Vec::new());
        let report = by_ledger(&rollback, &mut told).await.unwrap();
        assert_eq!(report.total(), Tally { deleted: 18, gone: 0, left: 2 });
        told.0.sort_by(|one, other| one.address.cmp(&other.address));
        let left: Vec<_> = told.0.iter().map(|left| (&*left.address, &left.why)).collect();
        assert_eq!(left, [(&*note(1), &WhyLeft::Changed), (&*note(2), &WhyLeft::Changed)]);
        phone.is_liked(1, "as it was").await;
        phone.is_liked(2, "edited").await;
    }
}

struct Told(Vec<Left>);

impl rollback::Sink for Told {
    fn left(&mut self, left: &Left) -> rehome_core::error::Result<()> {
        self.0.push(left.clone());
        Ok(())
    }

    fn progress(&mut self, _: &rollback::Report) {}
}

/// What is there is looked at in answers of a batch's weight, and replaced in requests that the target takes.
#[tokio::test]
async fn many_large_documents_are_looked_at_few_at_a_time() {
    let server = FirestoreServer::hidane(None).unwrap();
    let proxy = FaultProxy::before(server.address()).await.unwrap();
    let phone = Phone::of(0, through(&proxy, server.project().owner()));
    let large = "x".repeat(300 << 10);
    (1..=20).for_each(|number| phone.put(number, 1, &large));
    phone.run(Start::Resume).await;
    (1..=20).for_each(|number| phone.put(number, 2, &large));
    let counters = phone.run(Start::Anew).await;
    assert_eq!((counters.replaced, counters.retries), (20, 0));
    assert!(proxy.tally().calls("BatchGetDocuments") >= 7, "six megabytes, of which a batch has less than one");
}

#[tokio::test]
async fn many_long_addresses_are_looked_at_in_requests_that_a_phone_may_send() {
    let server = FirestoreServer::hidane(None).unwrap();
    let proxy = FaultProxy::before(server.address()).await.unwrap();
    let store = through(&proxy, server.project().owner());
    let long = ["a", "b", "c", "d"].map(|segment| segment.repeat(1400)).join("/");
    let addresses: Vec<String> = (0..500).map(|number| format!("{long}/below/{number}")).collect();
    let write = |address: &String| Write {
        address: address.clone(),
        fields: Some(Map::from([("address".to_owned(), address.as_str().into())]).into()),
        condition: Condition::Absent,
    };
    let (first, last) = (write(&addresses[0]), write(&addresses[499]));
    store.write(&[first.clone(), last.clone()]).await.unwrap();
    let found = store.look(&addresses, None).await.unwrap();
    let fields = |place: usize| found[place].as_ref().map(|found| found.fields.clone().into());
    assert_eq!((fields(0), fields(499)), (first.fields, last.fields));
    assert_eq!(found.iter().flatten().count(), 2);
    assert_eq!(proxy.tally().calls("BatchGetDocuments"), 3);
}
