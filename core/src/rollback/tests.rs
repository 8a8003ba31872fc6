use std::sync::Arc;

use super::*;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{
    Ask, Carried, Counters, Journal, Lease, Leased, Position, Run, Saved, Scope, SqliteJournal, Status,
};
use crate::plan::{Context, Mapped, Mapper, Plan, PlanFile};
use crate::record::{Key, Kind, Map, Timestamp, Value};
use crate::remote_state::{About, Pace, RemoteState, StateAddress, UserState};
use crate::schema::{Entity, Field, Schema};
use crate::store::{Batches, Capabilities, Condition, Fields, Outcome, Refusal, Source, Target, Write};
use crate::stores::firestore;
use crate::stores::memory::{MemorySource, MemoryTarget};
use crate::testkit::clock::FakeClock;
use crate::testkit::faults::{Fault, Faulty, Gate};

const PLAN: &str = r#"
name = "notes"
[stamp]
migrated = "{now}"
by = { tool = "rehome" }
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
fields = ["text"]
"#;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn note(number: i64) -> String {
    format!("users/ann/notes/n{number}")
}

/// Keeps what it is told, and ends the work when it has heard of so many pages.
#[derive(Default)]
struct Told {
    left: Vec<Left>,
    pages: usize,
    end_after: Option<usize>,
}

impl Sink for Told {
    fn left(&mut self, left: &Left) -> Result<()> {
        if self.end_after == Some(self.pages) {
            return Err(Error::new(ErrorKind::Cancelled, "somebody asked to stop"));
        }
        self.left.push(left.clone());
        Ok(())
    }

    fn progress(&mut self, _: &Report) {
        self.pages += 1;
    }
}

struct World {
    source: MemorySource,
    target: Arc<Faulty<MemoryTarget>>,
    journal: SqliteJournal,
    lease: Lease,
    plan: Plan,
    clock: FakeClock,
}

impl World {
    /// So many notes, all of them carried and in the ledger, and a target that fails by this script from then on.
    async fn of(notes: i64, script: Vec<Fault>) -> Self {
        let fields = vec![Field::new("id", Kind::String), Field::new("text", Kind::String)];
        let entities = vec![Entity { fields, ..Entity::new("Note") }];
        let source = MemorySource::new(Schema { store: "memory".into(), entities, ..Schema::default() });
        for number in 0..notes {
            let fields = [("id", format!("n{number}")), ("text", format!("note {number}"))];
            let fields = fields.map(|(name, text)| (name.to_owned(), Value::String(text)));
            source.put("Note", Key::Int(number), Map::from(fields));
        }
        let capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
        let target = MemoryTarget::new(firestore::rules(), capabilities);
        let plan = plan(PLAN, &source).await;
        let journal = SqliteJournal::in_memory().unwrap();
        let lease = lease(&journal).await;
        let carried = carry(&source, &target, &plan).await;
        journal.begin(&lease, &complete(&plan)).await.unwrap();
        journal.save(&lease, &Saved { carried, ..Saved::default() }, at(1)).await.unwrap();
        Self {
            source,
            target: Arc::new(Faulty::new(target, script)),
            journal,
            lease,
            plan,
            clock: FakeClock::default(),
        }
    }

    fn rollback<'a>(&'a self, mode: Mode<'a>) -> Rollback<'a> {
        Rollback {
            target: &*self.target,
            journal: &self.journal,
            plan: &self.plan,
            clock: &self.clock,
            voice: None,
            mode,
        }
    }

    async fn back(&self, sink: &mut Told) -> Result<Report> {
        by_ledger(&self.rollback(Mode::Delete(&self.lease)), sink).await
    }

    async fn back_by_stamps(&self, sink: &mut Told) -> Result<Report> {
        let records = Records { source: &self.source, store: "memory", owner: "ann", uploads: None };
        by_stamps(&self.rollback(Mode::Delete(&self.lease)), records, sink).await
    }

    /// What somebody else does.
    async fn put(&self, address: &str, fields: Option<Map>) {
        let fields = fields.map(Fields::from);
        let write = Write { address: address.to_owned(), fields, condition: Condition::Always };
        self.target.inner().write(&[write]).await.unwrap();
    }

    fn at(&self, address: &str) -> Option<Map> {
        self.target.inner().contents().remove(address)
    }

    /// Somebody changes a field and leaves the rest.
    async fn change(&self, address: &str, field: &str, value: Value) {
        let mut fields = self.at(address).unwrap();
        fields.insert(field.to_owned(), value);
        self.put(address, Some(fields)).await;
    }

    async fn run(&self) -> Run {
        self.journal.run(&self.lease.scope).await.unwrap().unwrap()
    }

    async fn ledger(&self) -> Vec<Carried> {
        let rows = self.journal.ledger(&self.lease.scope, 0, 10_000).await.unwrap();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// Notes in the ledger that the migration found this document, and did not write it.
    async fn found(&self, address: &str) {
        let mut row = self.ledger().await.into_iter().find(|row| row.address == address).unwrap();
        row.ours = false;
        let saved = Saved { carried: vec![row], ..Saved::default() };
        self.journal.save(&self.lease, &saved, at(2)).await.unwrap();
    }
}

async fn plan(text: &str, source: &MemorySource) -> Plan {
    let schema = source.schema().await.unwrap();
    PlanFile::check(text, "notes.toml", &schema, &firestore::rules()).unwrap().plan
}

async fn lease(journal: &SqliteJournal) -> Lease {
    let leased = journal.lease(&Scope::of("notes", "ann"), "test", Ask::Force, at(0)).await.unwrap();
    let Leased::Yours(lease) = leased else { panic!("somebody else has the lease") };
    lease
}

fn complete(plan: &Plan) -> Run {
    Run {
        fingerprint: plan.fingerprint,
        outline: plan.outline.clone(),
        store: "memory".to_owned(),
        target: String::new(),
        generation: 1,
        status: Status::Complete,
        paused: None,
        started: at(0),
        heartbeat: at(0),
        finished: Some(at(1)),
        position: Position::default(),
        counters: Counters::default(),
    }
}

/// Carries all notes; answers with the ledger's rows.
async fn carry(source: &MemorySource, target: &MemoryTarget, plan: &Plan) -> Vec<Carried> {
    let rules = firestore::rules();
    let mut mapper = Mapper::new(plan, &rules, Context { owner: "ann", now: at(0) });
    let page = source.page(&plan.passes[0].shape, None, 10_000).await.unwrap();
    let mut rows = Vec::new();
    for record in page.records {
        let Mapped::Document(document) = mapper.map(0, record).unwrap().remove(0) else { panic!("no document") };
        let (source, address, hash) = (document.source.clone(), document.address.clone(), document.hash);
        let condition = Condition::Absent;
        let write = Write { address: address.clone(), fields: Some(document.into_fields().into()), condition };
        let version = match target.write(&[write]).await.unwrap().remove(0) {
            Outcome::Durable(version) => version,
            outcome => panic!("{outcome:?}"),
        };
        rows.push(Carried { source, slot: 0, address, hash, version, ours: true });
    }
    rows
}

#[tokio::test]
async fn what_was_carried_and_is_unchanged_is_deleted_and_nothing_else() {
    let world = World::of(450, vec![]).await;
    world.put("users/ann/notes/other", Some(Map::new())).await;
    let mut told = Told::default();
    let report = world.back(&mut told).await.unwrap();
    assert_eq!(world.target.inner().contents().into_keys().collect::<Vec<_>>(), ["users/ann/notes/other"]);
    assert_eq!(report.collections["users/*/notes"], Tally { deleted: 450, gone: 0, left: 0 });
    assert_eq!((report.billed_deletes, report.billed_reads), (450, 0), "what is unchanged costs no read");
    assert_eq!((world.ledger().await.len(), told.pages), (0, 3));
    let run = world.run().await;
    assert_eq!((run.generation, run.status, run.paused), (2, Status::RolledBack, None));
    assert_eq!((run.counters.deleted, run.counters.billed_deletes), (450, 450));
}

#[tokio::test]
async fn what_somebody_has_changed_deleted_or_had_before_is_left() {
    let world = World::of(10, vec![]).await;
    world.change(&note(1), "text", Value::from("newer")).await;
    world.change(&note(2), "mood", Value::from("calm")).await;
    world.put(&note(3), None).await;
    world.found(&note(4)).await;

    let mut told = Told::default();
    let report = world.back(&mut told).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 6, gone: 1, left: 3 });
    told.left.sort_by(|one, other| one.address.cmp(&other.address));
    let left: Vec<_> = told.left.into_iter().map(|left| (left.address, left.why)).collect();
    let why = [WhyLeft::Changed, WhyLeft::Changed, WhyLeft::FoundThere];
    assert_eq!(left, [note(1), note(2), note(4)].into_iter().zip(why).collect::<Vec<_>>());
    assert_eq!(report.left.into_iter().collect::<Vec<_>>(), [("changed", 2), ("found_there", 1)]);
    assert_eq!(world.target.inner().contents().len(), 3);
    assert_eq!(world.ledger().await.len(), 3, "what is left stays in the ledger");
}

/// A run keeps no version of what is ours and has something of others in it.
#[tokio::test]
async fn what_others_added_to_before_it_was_replaced_is_looked_at_and_left() {
    let world = World::of(10, vec![]).await;
    world.change(&note(1), "mood", Value::from("calm")).await;
    let row = world.ledger().await.into_iter().find(|row| row.address == note(1)).unwrap();
    let carried = vec![Carried { version: None, ..row }];
    world.journal.save(&world.lease, &Saved { carried, ..Saved::default() }, at(2)).await.unwrap();
    let report = world.back(&mut Told::default()).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 9, gone: 0, left: 1 });
    assert_eq!(report.billed_reads, 1, "the others are deleted by their versions");
    assert!(world.at(&note(1)).is_some());
}

#[tokio::test]
async fn a_new_version_of_the_same_content_is_deleted() {
    let world = World::of(3, vec![]).await;
    let fields = world.at(&note(1));
    world.put(&note(1), fields).await;
    world.change(&note(2), "migrated", Value::from("stamped again")).await;
    let report = world.back(&mut Told::default()).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 3, gone: 0, left: 0 });
}

#[tokio::test]
async fn a_change_between_looking_and_deleting_is_seen() {
    let gate = Gate::closed();
    let world = World::of(3, vec![Fault::None, Fault::Hold(gate.clone())]).await;
    let fields = world.at(&note(1));
    world.put(&note(1), fields).await;
    let somebody = async {
        gate.reached().await;
        world.change(&note(1), "text", Value::from("in the last moment")).await;
        gate.open();
    };
    let mut told = Told::default();
    let (report, ()) = tokio::join!(world.back(&mut told), somebody);
    assert_eq!(report.unwrap().total(), Tally { deleted: 2, gone: 0, left: 1 });
    assert_eq!(world.at(&note(1)).unwrap()["text"], Value::from("in the last moment"));
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let world = World::of(10, vec![]).await;
    world.change(&note(1), "text", Value::from("newer")).await;
    world.put(&note(3), None).await;
    world.found(&note(4)).await;
    let before = (world.target.inner().contents(), world.run().await, world.ledger().await);

    let rollback = world.rollback(Mode::DryRun(&world.lease.scope));
    let dry = by_ledger(&rollback, &mut Told::default()).await.unwrap();
    assert_eq!(before, (world.target.inner().contents(), world.run().await, world.ledger().await));
    assert_eq!((dry.dry_run, dry.billed_deletes, dry.total()), (true, 0, Tally { deleted: 7, gone: 1, left: 2 }));

    let real = world.back(&mut Told::default()).await.unwrap();
    assert_eq!((dry.collections, dry.left), (real.collections, real.left));
}

#[tokio::test]
async fn wherever_it_is_interrupted_it_goes_on_where_it_was() {
    for fault in [Fault::Drop, Fault::FailAfterwards, Fault::LoseAnswer, Fault::Retry] {
        for call in 0..3 {
            let mut script = vec![Fault::None; call];
            script.push(fault.clone());
            let world = World::of(450, script).await;
            let mut calls = 1;
            while let Err(error) = world.back(&mut Told::default()).await {
                assert_eq!(error.kind(), ErrorKind::Io);
                let run = world.run().await;
                assert_eq!(run.status, Status::RolledBack, "whoever carries records sees that they are taken back");
                assert!(run.paused.is_some());
                calls += 1;
            }
            assert!(calls <= 2, "{fault:?} at {call}");
            assert!(world.target.inner().contents().is_empty());
            assert!(world.ledger().await.is_empty());
            let run = world.run().await;
            assert_eq!((run.generation, run.status, run.paused), (2, Status::RolledBack, None));
        }
    }
}

#[tokio::test]
async fn a_process_that_ends_between_two_pages_leaves_the_rest_to_the_next() {
    let world = World::of(450, vec![]).await;
    world.change(&note(449), "text", Value::from("newer")).await;
    let mut told = Told { end_after: Some(2), ..Told::default() };
    assert_eq!(world.back(&mut told).await.unwrap_err().kind(), ErrorKind::Cancelled);
    let report = world.back(&mut Told::default()).await.unwrap();
    assert_eq!(report.total().left, 1);
    assert_eq!(world.target.inner().contents().into_keys().collect::<Vec<_>>(), [note(449)]);
    assert_eq!((world.ledger().await.len(), world.run().await.generation), (1, 2));
}

#[tokio::test]
async fn a_target_that_is_busy_for_long_ends_it_for_now() {
    let world = World::of(3, vec![Fault::Retry; 20]).await;
    assert_eq!(world.back(&mut Told::default()).await.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(world.target.inner().contents().len(), 3);
}

#[tokio::test]
async fn rules_that_let_nothing_be_deleted_stop_it_with_their_reason() {
    let mut world = World::of(3, vec![]).await;
    let target = Arc::into_inner(world.target).unwrap();
    world.target = Arc::new(target.refusing(&note(0), Refusal::denied("no deletes")));
    let error = world.back(&mut Told::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("no deletes"), "{error}");
    assert_eq!(world.target.inner().contents().len(), 3);
}

#[tokio::test]
async fn one_document_that_the_target_holds_on_to_does_not_keep_the_others() {
    let mut world = World::of(3, vec![]).await;
    let target = Arc::into_inner(world.target).unwrap();
    world.target = Arc::new(target.refusing(&note(1), Refusal::invalid("it is locked")));
    let mut told = Told::default();
    let report = world.back(&mut told).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 2, gone: 0, left: 1 });
    assert_eq!(told.left[0].why, WhyLeft::Refused("it is locked".to_owned()));
}

#[tokio::test]
async fn without_a_run_there_is_no_ledger_to_go_by() {
    let mut world = World::of(3, vec![]).await;
    world.journal = SqliteJournal::in_memory().unwrap();
    world.lease = lease(&world.journal).await;
    assert_eq!(world.back(&mut Told::default()).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn without_the_journal_stamps_and_content_say_what_was_carried() {
    let mut world = World::of(450, vec![]).await;
    world.journal = SqliteJournal::in_memory().unwrap();
    world.lease = lease(&world.journal).await;
    world.change(&note(1), "text", Value::from("newer")).await;
    world.change(&note(2), "by", Value::Map(Map::from([("tool".to_owned(), Value::from("hand"))]))).await;
    world.change(&note(3), "by", Value::Null).await;
    world.put(&note(4), None).await;
    world.change(&note(5), "migrated", Value::from("at another time")).await;
    world.put("users/ann/notes/other", Some(Map::new())).await;

    let mut told = Told::default();
    let report = world.back_by_stamps(&mut told).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 446, gone: 1, left: 3 });
    assert_eq!(report.left.into_iter().collect::<Vec<_>>(), [("changed", 1), ("not_stamped", 2)]);
    assert_eq!(world.target.inner().contents().len(), 4);
    let run = world.run().await;
    assert_eq!((run.generation, run.status, run.paused), (1, Status::RolledBack, None));
}

#[tokio::test]
async fn what_a_new_journal_found_there_is_forgotten_when_it_is_taken_back_by_stamps() {
    let world = World::of(2, vec![]).await;
    world.found(&note(0)).await;
    world.found(&note(1)).await;
    assert_eq!(world.back(&mut Told::default()).await.unwrap().total().left, 2);
    assert_eq!(world.back_by_stamps(&mut Told::default()).await.unwrap().total().deleted, 2);
    assert!(world.ledger().await.is_empty());
    assert_eq!(world.run().await.generation, 2);
}

#[tokio::test]
async fn without_constant_stamps_nobody_can_tell() {
    let mut world = World::of(2, vec![]).await;
    world.plan = plan(&PLAN.replace("by = { tool = \"rehome\" }\n", ""), &world.source).await;
    assert_eq!(world.back_by_stamps(&mut Told::default()).await.unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(world.target.inner().contents().len(), 2);
}

#[tokio::test]
async fn the_users_other_devices_hear_of_it_and_no_tombstone_is_set_up() {
    let world = World::of(3, vec![]).await;
    let address = StateAddress::of("ann").unwrap();
    let about = About::new("notes", 1, None);
    let voice = RemoteState::new(world.target.clone(), address.clone(), "phone", about, Pace::default());
    let rollback = Rollback { voice: Some(&voice), ..world.rollback(Mode::Delete(&world.lease)) };
    by_ledger(&rollback, &mut Told::default()).await.unwrap();
    let user = UserState::read(&*world.target, &address, at(200), Pace::default().patience).await.unwrap().unwrap();
    assert_eq!(user.standing(), (2, Status::RolledBack));
    assert!(world.target.inner().contents().keys().all(|address| !address.contains("tombstones")));
}

#[test]
fn a_reason_has_one_word() {
    let reasons = [WhyLeft::FoundThere, WhyLeft::Changed, WhyLeft::NotStamped, WhyLeft::Refused(String::new())];
    assert_eq!(reasons.map(|why| why.word()), ["found_there", "changed", "not_stamped", "refused"]);
}

#[tokio::test]
async fn what_was_carried_elsewhere_is_not_looked_for_here() {
    let world = World::of(3, vec![]).await;
    let begun = Run { target: "another".to_owned(), generation: 2, ..world.run().await };
    world.journal.begin(&world.lease, &begun).await.unwrap();
    let mut told = Told::default();
    for refused in [world.back(&mut told).await, world.back_by_stamps(&mut told).await] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Changed);
    }
    assert_eq!((world.target.inner().contents().len(), world.run().await), (3, begun));
}
