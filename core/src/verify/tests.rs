mod kept;

use super::*;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::{Ask, Carried, Journal, Lease, Leased, Quarantined, Run, Saved, Scope, SqliteJournal, Status};
use crate::plan::{Context, Mapped, Mapper, Plan, PlanFile};
use crate::record::{Key, Kind as Of, Map, Reason, RecordId, Rejection, Timestamp, Value};
use crate::remote_state::Tombstones;
use crate::schema::{Entity, Field, Schema};
use crate::store::{Answer, Batches, Capabilities, Condition, Fields, Source, Target, Write};
use crate::stores::firestore;
use crate::stores::memory::{MemorySource, MemoryTarget};
use crate::testkit::clock::FakeClock;
use crate::testkit::faults::{Fault, Faulty};

const PLAN: &str = r#"
name = "notes"
[stamp]
migrated = "{now}"
[[move]]
entity = "Note"
document = "users/{uid}/notes/{id}"
revision = "edited"
where = { draft = { not = true } }
fields = ["text", "edited"]
"#;

/// Keeps what a verification tells, and does something before each second look.
#[derive(Default)]
struct Told<'a> {
    differences: Vec<Difference>,
    rejected: u64,
    /// The process ends when so many were rejected.
    ends_at: Option<u64>,
    /// How many records were read before, where it goes on.
    goes_on: Option<u64>,
    settling: Option<Box<dyn FnMut() + Send + Sync + 'a>>,
}

impl Sink for Told<'_> {
    fn difference(&mut self, difference: &Difference) -> Result<()> {
        self.differences.push(difference.clone());
        Ok(())
    }

    fn rejected(&mut self, _: &Rejection) -> Result<()> {
        self.rejected += 1;
        match self.ends_at {
            Some(end) if self.rejected == end => Err(Error::new(ErrorKind::Cancelled, "the process ends")),
            _ => Ok(()),
        }
    }

    fn progress(&mut self, _: &Progress<'_>) {}

    fn goes_on(&mut self, _: Timestamp, read: u64) {
        self.goes_on = Some(read);
    }

    fn settle(&mut self) -> Answer<'_, ()> {
        if let Some(settling) = &mut self.settling {
            settling();
        }
        Box::pin(async { Ok(()) })
    }
}

struct World {
    source: MemorySource,
    target: MemoryTarget,
    plan: Plan,
    deleted: Tombstones,
    journal: SqliteJournal,
    lease: Lease,
}

impl World {
    /// So many notes, all of them carried.
    async fn of(notes: i64) -> Self {
        let note = Entity {
            fields: vec![
                Field::new("id", Of::String),
                Field::new("text", Of::String).optional(),
                Field::new("edited", Of::Int),
                Field::new("draft", Of::Bool),
            ],
            ..Entity::new("Note")
        };
        let source = MemorySource::new(Schema { store: "memory".into(), entities: vec![note], ..Schema::default() });
        let capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
        let target = MemoryTarget::new(firestore::rules(), capabilities);
        let schema = source.schema().await.unwrap();
        let plan = PlanFile::check(PLAN, "notes.toml", &schema, target.rules()).unwrap().plan;
        let journal = SqliteJournal::in_memory().unwrap();
        let (ask, now) = (Ask::Unheard(std::time::Duration::ZERO), Timestamp::from_millis(0));
        let leased = journal.lease(&Scope::of("notes", "ann"), "app", ask, now).await.unwrap();
        let Leased::Yours(lease) = leased else { panic!("no lease") };
        journal.begin(&lease, &run_of(&plan, Status::Complete)).await.unwrap();
        let world = Self { source, target, plan, deleted: Tombstones::default(), journal, lease };
        for number in 0..notes {
            world.note(number, "as it was", 5);
        }
        world.carry().await;
        world
    }

    fn note(&self, number: i64, text: &str, edited: i64) {
        self.note_of(number, &format!("n{number}"), text, edited);
    }

    fn note_of(&self, number: i64, id: &str, text: &str, edited: i64) {
        self.source.put(
            "Note",
            Key::Int(number),
            Map::from([
                ("id".to_owned(), id.into()),
                ("text".to_owned(), text.into()),
                ("edited".to_owned(), Value::Int(edited)),
                ("draft".to_owned(), Value::Bool(false)),
            ]),
        );
    }

    async fn carry(&self) {
        let context = Context { owner: "ann", now: Timestamp::from_millis(1) };
        let mut mapper = Mapper::new(&self.plan, self.target.rules(), context);
        let page = self.source.page(&self.plan.passes[0].shape, None, 10_000).await.unwrap();
        let mapped = page.records.into_iter().flat_map(|record| mapper.map(0, record).unwrap());
        let writes = mapped.filter_map(|mapped| {
            let Mapped::Document(document) = mapped else { return None };
            let address = document.address.clone();
            Some(Write { address, fields: Some(document.into_fields().into()), condition: Condition::Always })
        });
        let writes: Vec<Write> = writes.collect();
        for batch in writes.chunks(500) {
            self.target.write(batch).await.unwrap();
        }
    }

    async fn write(&self, address: &str, fields: Option<Map>) {
        let fields = fields.map(Fields::from);
        let write = Write { address: address.to_owned(), fields, condition: Condition::Always };
        self.target.write(&[write]).await.unwrap();
    }

    /// Changes a document in the target.
    async fn change(&self, address: &str, field: &str, value: Value) {
        let found = self.target.look(&[address.to_owned()], None).await.unwrap().remove(0).unwrap();
        let mut fields = found.fields;
        fields.insert(field.to_owned(), value);
        self.write(address, Some(fields)).await;
    }

    async fn save(&self, saved: Saved) {
        self.journal.save(&self.lease, &saved, Timestamp::from_millis(0)).await.unwrap();
    }

    async fn row(&self, number: i64) -> Option<Carried> {
        let id = RecordId { entity: "Note".into(), key: Key::Int(number) };
        self.journal.carried(&self.lease.scope, &[(id, 0)]).await.unwrap().remove(0)
    }

    async fn verify(&self, options: Options<'_>) -> (Receipt, Vec<Difference>) {
        let mut told = Told::default();
        let receipt = self.verify_and_tell(options, &mut told).await;
        assert!(receipt.tally.adds_up(), "{receipt:?}");
        (receipt, told.differences)
    }

    async fn verify_and_tell(&self, options: Options<'_>, told: &mut Told<'_>) -> Receipt {
        self.try_verify(99, options, told).await.unwrap()
    }

    async fn try_verify(&self, now: i64, options: Options<'_>, told: &mut Told<'_>) -> Result<Receipt> {
        let folder = tempfile::tempdir().unwrap();
        let verification = Verification {
            source: &self.source,
            target: &self.target,
            plan: &self.plan,
            // Another moment than that of the run: stamps are no content.
            context: Context { owner: "ann", now: Timestamp::from_millis(now) },
            deleted: &self.deleted,
            journal: &self.journal,
            scope: &self.lease.scope,
            clock: &FakeClock::default(),
            uploads: None,
            folder: folder.path(),
            options,
        };
        verify(&verification, told).await
    }
}

fn address(number: i64) -> String {
    format!("users/ann/notes/n{number}")
}

#[tokio::test]
async fn what_was_carried_is_verified_and_its_hash_says_so_again() {
    let world = World::of(700).await;
    let (receipt, differences) = world.verify(Options::default()).await;
    assert!(receipt.verified && differences.is_empty());
    assert_eq!((receipt.tally.read, receipt.tally.same, receipt.tally.others), (700, 700, 0));
    assert_eq!(receipt.collections["users/*/notes"], Collection { expected: 700, there: 700 });
    assert_eq!(world.verify(Options::default()).await.0.tally.hash, receipt.tally.hash);
    assert_ne!(World::of(699).await.verify(Options::default()).await.0.tally.hash, receipt.tally.hash);
}

#[tokio::test]
async fn each_difference_is_told_by_its_kind_and_fields() {
    let world = World::of(5).await;
    world.write(&address(0), None).await;
    world.change(&address(1), "text", "forged".into()).await;
    world.change(&address(2), "edited", Value::Int(9)).await;
    world.change(&address(3), "colour", "red".into()).await;
    let (receipt, differences) = world.verify(Options::default()).await;
    assert!(!receipt.verified);
    let told: Vec<_> = differences.iter().map(|one| (one.address.clone(), one.kind.clone())).collect();
    let changed = Kind::Different { changed: vec!["text".to_owned()], absent: vec![], extra: vec![] };
    assert_eq!(told, [(address(0), Kind::Missing), (address(1), changed)]);
    let tally = &receipt.tally;
    assert_eq!((tally.missing, tally.different, tally.newer_there, tally.same), (1, 1, 1, 2));
    assert_eq!(tally.with_more_fields, 1);
}

#[tokio::test]
async fn documents_that_no_record_accounts_for_are_counted_whether_or_not_something_is_missing() {
    let world = World::of(4).await;
    world.write("users/ann/notes/another", Some(Map::new())).await;
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.others), (true, 1));
    world.write(&address(2), None).await;
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.others, receipt.tally.missing), (false, 1, 1));
}

#[tokio::test]
async fn a_record_that_was_set_aside_is_neither_missing_nor_another_ones_document() {
    let world = World::of(3).await;
    world.note_of(7, "n1", "too late for its id", 5);
    world.note(8, "refused", 5);
    let aside = |key| Quarantined {
        rejection: Rejection {
            entity: "Note".into(),
            key: Key::Int(key),
            column: None,
            reason: Reason::Refused,
            detail: "no".to_owned(),
        },
        documents: Vec::new(),
        at: Timestamp::from_millis(0),
    };
    world.save(Saved { quarantined: vec![aside(7), aside(8)], ..Saved::default() }).await;
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.same, receipt.tally.set_aside), (true, 3, 2));
}

fn run_of(plan: &Plan, status: Status) -> Run {
    Run { generation: 1, status, ..Run::not_begun(plan, "memory", "", Timestamp::from_millis(0)) }
}

#[tokio::test]
async fn what_somebody_deleted_is_not_missing() {
    let mut world = World::of(3).await;
    world.write(&address(1), None).await;
    world.deleted.add(&address(1));
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.deleted_there), (true, 1));
}

#[tokio::test]
async fn a_difference_that_is_gone_at_the_second_look_does_not_count() {
    let world = World::of(3).await;
    world.note(1, "edited while it went on", 6);
    let carried = std::sync::Mutex::new(false);
    let mut told = Told {
        settling: Some(Box::new(|| {
            // What the app writes on both sides arrives a little later on the other one.
            world.note(1, "as it was", 5);
            *carried.lock().unwrap() = true;
        })),
        ..Told::default()
    };
    let receipt = world.verify_and_tell(Options::default(), &mut told).await;
    assert!(receipt.verified && told.differences.is_empty());
    drop(told);
    assert!(*carried.lock().unwrap());
}

#[tokio::test]
async fn a_record_that_is_gone_at_the_second_look_is_no_difference() {
    let world = World::of(3).await;
    world.write(&address(1), None).await;
    let id = RecordId { entity: "Note".into(), key: Key::Int(1) };
    let mut told = Told { settling: Some(Box::new(|| world.source.delete(&id))), ..Told::default() };
    let receipt = world.verify_and_tell(Options::default(), &mut told).await;
    assert!(receipt.verified && receipt.tally.adds_up());
    assert_eq!(receipt.tally.moved_meanwhile, 1);
}

/// So many notes, and the rows in their midst that cannot be read: each is a place for a process to end at.
async fn with_broken_rows(notes: i64, broken: &[i64]) -> World {
    let world = World::of(notes).await;
    for row in broken {
        world.source.put_broken(Rejection {
            entity: "Note".into(),
            key: Key::Int(*row),
            column: None,
            reason: Reason::BadText,
            detail: "not UTF-8".to_owned(),
        });
    }
    world
}

#[tokio::test]
async fn a_sample_compares_the_same_part_each_time() {
    let world = World::of(1_000).await;
    let options = Options { sample_percent: Some(10), ..Options::default() };
    let (first, _) = world.verify(options).await;
    assert!((50..200).contains(&first.tally.same), "{}", first.tally.same);
    assert_eq!(first.tally.same + first.tally.not_sampled, 1_000);
    assert_eq!(world.verify(options).await.0.tally, first.tally);
}

#[tokio::test]
async fn a_repair_creates_what_is_missing_and_replaces_what_is_older_and_nothing_else() {
    let world = World::of(5).await;
    world.write(&address(0), None).await;
    world.note(1, "edited since", 6);
    world.change(&address(2), "text", "of the same revision".into()).await;
    world.change(&address(3), "edited", Value::Int(7)).await;
    let before = world.target.contents();
    let rehearsed = world.verify(Options { repair: Repair::Rehearse, ..Options::default() }).await.0;
    assert_eq!((rehearsed.tally.mended, rehearsed.tally.billed_writes), (2, 0));
    assert_eq!(world.target.contents(), before);
    let (mended, _) = world.verify(Options { repair: Repair::Mend(&world.lease), ..Options::default() }).await;
    assert_eq!((mended.tally.mended, mended.tally.missing, mended.tally.different), (2, 0, 1));
    let after = world.target.contents();
    assert_eq!(after[&address(0)]["text"], Value::from("as it was"));
    assert_eq!(after[&address(1)]["text"], Value::from("edited since"));
    assert_eq!((&after[&address(2)], &after[&address(3)]), (&before[&address(2)], &before[&address(3)]));
    // The ledger knows what was mended; what somebody else wrote first is not this migration's.
    assert!(world.row(0).await.unwrap().ours && !world.row(1).await.unwrap().ours);
    assert_eq!((world.row(2).await, world.row(3).await), (None, None));
}

#[tokio::test]
async fn a_repair_leaves_fields_of_others_alone_and_keeps_no_version_of_what_has_some() {
    let world = World::of(2).await;
    let mend = Options { repair: Repair::Mend(&world.lease), ..Options::default() };
    for number in [0, 1] {
        world.write(&address(number), None).await;
        world.note(number, "edited since", 6);
    }
    world.verify(mend).await;
    world.change(&address(0), "colour", "red".into()).await;
    [0, 1].into_iter().for_each(|number| world.note(number, "edited again", 7));
    assert_eq!(world.verify(mend).await.0.tally.mended, 2);
    let there = world.target.contents().remove(&address(0)).unwrap();
    assert_eq!((&there["colour"], &there["text"]), (&"red".into(), &"edited again".into()));
    let rows = [world.row(0).await.unwrap(), world.row(1).await.unwrap()];
    assert_eq!(rows.map(|row| (row.ours, row.version.is_some())), [(true, false), (true, true)]);
    // Somebody has deleted it, whether or not its version is known.
    world.write(&address(0), None).await;
    let tally = world.verify(mend).await.0.tally;
    assert_eq!((tally.deleted_there, tally.mended), (1, 0));
}

#[tokio::test]
async fn records_that_cannot_be_moved_are_counted_and_told() {
    let world = with_broken_rows(2, &[50]).await;
    world.source.put("Note", Key::Int(60), Map::from([("text".to_owned(), "no id".into())]));
    let mut told = Told::default();
    let receipt = world.verify_and_tell(Options::default(), &mut told).await;
    assert_eq!((receipt.verified, receipt.tally.quarantined, told.rejected), (true, 2, 2));
}

#[tokio::test]
async fn what_was_carried_and_is_gone_was_deleted_and_is_not_brought_back() {
    let world = World::of(3).await;
    world.verify(Options::default()).await;
    world.write(&address(1), None).await;
    let mend = Options { repair: Repair::Mend(&world.lease), ..Options::default() };
    world.verify(mend).await;
    let row = world.row(1).await.unwrap();
    assert!(row.version.is_some());
    world.write(&address(1), None).await;
    let (receipt, differences) = world.verify(mend).await;
    assert!(receipt.verified && differences.is_empty());
    assert_eq!((receipt.tally.deleted_there, receipt.tally.missing, receipt.tally.mended), (1, 0, 0));
    assert!(!world.target.contents().contains_key(&address(1)));
    // At another address it never was.
    world.save(Saved { carried: vec![Carried { address: address(9), ..row }], ..Saved::default() }).await;
    assert_eq!(world.verify(Options::default()).await.0.tally.missing, 1);
}

#[tokio::test]
async fn a_field_that_the_record_no_longer_has_is_a_difference() {
    let mut world = World::of(2).await;
    let text = PLAN.replace("fields =", "nulls = \"leave out\"\nfields =");
    let schema = world.source.schema().await.unwrap();
    world.plan = PlanFile::check(&text, "n", &schema, world.target.rules()).unwrap().plan;
    world.source.put(
        "Note",
        Key::Int(1),
        Map::from([
            ("id".to_owned(), "n1".into()),
            ("text".to_owned(), Value::Null),
            ("edited".to_owned(), Value::Int(5)),
            ("draft".to_owned(), Value::Bool(false)),
        ]),
    );
    let (receipt, differences) = world.verify(Options::default()).await;
    let changed = Kind::Different { changed: vec!["text".to_owned()], absent: vec![], extra: vec![] };
    assert_eq!(differences.iter().map(|one| &one.kind).collect::<Vec<_>>(), [&changed], "{receipt:?}");
    assert!(!receipt.verified);
}

#[tokio::test]
async fn nothing_is_verified_before_the_migration_is_complete() {
    let world = World::of(1).await;
    world.journal.begin(&world.lease, &Run { generation: 2, ..run_of(&world.plan, Status::Running) }).await.unwrap();
    let (receipt, differences) = world.verify(Options::default()).await;
    assert!(!receipt.verified && receipt.tally.is_whole() && differences.is_empty());
    assert_eq!(receipt.status, Some(Status::Running.word()));
}

#[tokio::test]
async fn a_sample_lists_nothing() {
    let world = World::of(1_000).await;
    world.write("users/ann/notes/another", Some(Map::new())).await;
    let (receipt, _) = world.verify(Options { sample_percent: Some(1), ..Options::default() }).await;
    assert!(receipt.tally.billed_reads < 100, "{}", receipt.tally.billed_reads);
    assert_eq!(receipt.tally.others, 1);
}

#[tokio::test]
async fn a_repair_whose_answer_is_lost_or_late_is_found_by_looking() {
    let World { source, target, plan, deleted, journal, lease } = World::of(4).await;
    for number in 0..3 {
        let write = Write { address: address(number), fields: None, condition: Condition::Always };
        target.write(&[write]).await.unwrap();
    }
    let target = Faulty::new(target, [Fault::FailAfterwards, Fault::Drop, Fault::None, Fault::LoseAnswer]);
    let folder = tempfile::tempdir().unwrap();
    let verification = Verification {
        source: &source,
        target: &target,
        plan: &plan,
        context: Context { owner: "ann", now: Timestamp::from_millis(99) },
        deleted: &deleted,
        journal: &journal,
        scope: &lease.scope,
        clock: &FakeClock::default(),
        uploads: None,
        folder: folder.path(),
        options: Options { repair: Repair::Mend(&lease), ..Options::default() },
    };
    let receipt = verify(&verification, &mut Told::default()).await.unwrap();
    assert_eq!((receipt.verified, receipt.tally.mended, receipt.tally.same), (true, 3, 4));
}

#[tokio::test]
async fn what_the_journal_knows_of_another_target_proves_nothing_of_this_one() {
    let world = World::of(2).await;
    let elsewhere = Run { target: "another".to_owned(), generation: 2, ..run_of(&world.plan, Status::Complete) };
    world.journal.begin(&world.lease, &elsewhere).await.unwrap();
    let mut told = Told::default();
    let error = world.try_verify(99, Options::default(), &mut told).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed, "{error}");
}

#[tokio::test]
async fn a_store_that_was_emptied_does_not_verify() {
    let world = World::of(3).await;
    let mend = Options { repair: Repair::Mend(&world.lease), ..Options::default() };
    (0..3).for_each(|number| world.note(number, "edited", 6));
    assert_eq!(world.verify(mend).await.0.tally.mended, 3, "the ledger has them");
    let id = |number| RecordId { entity: "Note".into(), key: Key::Int(number) };
    world.source.delete(&id(1));
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.same, receipt.tally.orphaned), (false, 2, 1));
    [0, 2].into_iter().for_each(|number| world.source.delete(&id(number)));
    let (receipt, _) = world.verify(Options::default()).await;
    assert_eq!((receipt.verified, receipt.tally.orphaned, receipt.tally.documents), (false, 3, 0));
    // A run that deletes them, or a plan that keeps them, has seen to it.
    world.save(Saved { forgotten: (0..3).map(|number| (id(number), 0)).collect(), ..Saved::default() }).await;
    assert!(world.verify(Options::default()).await.0.verified);
}
