//! A rollback with a user's rights.

use std::sync::Arc;

use rehome_core::clock::SystemClock;
use rehome_core::error::Result;
use rehome_core::journal::{
    Ask, Carried, Counters, Journal, Lease, Leased, Position, Run, Saved, Scope, SqliteJournal, Status,
};
use rehome_core::plan::{ContentHash, Plan, PlanFile};
use rehome_core::record::{Key, Map, RecordId, Timestamp, Value};
use rehome_core::remote_state::{About, Pace, RemoteState, StateAddress, UserState};
use rehome_core::rollback::{Left, Mode, Report, Rollback, Sink, Tally, by_ledger};
use rehome_core::schema::Schema;
use rehome_core::store::{Outcome, Target};
use rehome_core::stores::firestore;

use crate::doors::{Doors, delete, put};

const PLAN: &str = "name = \"notes\"\n[[move]]\nentity = \"notes/{id}\"\ndocument = \"users/{uid}/notes/{id}\"\n\
                    fields = [\"text\"]\n";

struct Told(Vec<Left>);

impl Sink for Told {
    fn left(&mut self, left: &Left) -> Result<()> {
        self.0.push(left.clone());
        Ok(())
    }

    fn progress(&mut self, _: &Report) {}
}

fn note(number: usize) -> String {
    format!("users/ann/notes/n{number}")
}

fn fields(text: &str) -> Map {
    Map::from([("text".to_owned(), Value::from(text))])
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

/// Writes so many notes as the user; answers with the ledger's rows.
async fn carry(doors: &Doors, notes: usize) -> Vec<Carried> {
    let writes: Vec<_> = (0..notes).map(|number| put(&note(number), fields("as carried"))).collect();
    let versions = doors.ann.write(&writes).await.into_iter().map(|outcome| match outcome {
        Outcome::Durable(version) => version,
        outcome => panic!("{outcome:?}"),
    });
    let row = |(number, version)| Carried {
        source: RecordId { entity: "notes/{id}".into(), key: Key::Text(format!("n{number}")) },
        slot: 0,
        address: note(number),
        hash: ContentHash::of(&fields("as carried"), &[], &firestore::rules()),
        version,
        ours: true,
    };
    (0..notes).zip(versions).map(row).collect()
}

async fn journal_of(plan: &Plan, target: &dyn Target, carried: Vec<Carried>) -> (SqliteJournal, Lease) {
    let journal = SqliteJournal::in_memory().unwrap();
    let leased = journal.lease(&Scope::of("notes", "ann"), "test", Ask::Force, now()).await.unwrap();
    let Leased::Yours(lease) = leased else { panic!("somebody else has the lease") };
    let run = Run {
        fingerprint: plan.fingerprint,
        outline: plan.outline.clone(),
        store: "store".to_owned(),
        target: target.identity().await.unwrap().unwrap(),
        generation: 1,
        status: Status::Complete,
        paused: None,
        started: now(),
        heartbeat: now(),
        finished: Some(now()),
        position: Position::default(),
        counters: Counters::default(),
    };
    journal.begin(&lease, &run).await.unwrap();
    journal.save(&lease, &Saved { carried, ..Saved::default() }, now()).await.unwrap();
    (journal, lease)
}

pub(crate) async fn what_was_carried_and_is_unchanged_is_taken_back(doors: Doors) {
    let schema = Arc::new(Schema { open: true, ..Schema::default() });
    let plan = PlanFile::check(PLAN, "notes.toml", &schema, &firestore::rules()).unwrap().plan;
    let (journal, lease) = journal_of(&plan, &*doors.ann.0, carry(&doors, 250).await).await;
    doors.owner.is_allowed(put(&note(1), fields("newer"))).await;
    doors.owner.is_allowed(delete(&note(2))).await;
    doors.owner.is_allowed(put(&note(3), Map::new())).await;
    doors.owner.is_allowed(put(&note(3), fields("as carried"))).await;

    let address = StateAddress::of("ann").unwrap();
    let about = About::new("notes", 1, None);
    let voice = RemoteState::new(doors.ann.0.clone(), address.clone(), "phone", about, Pace::default());
    let (clock, mut told) = (SystemClock::default(), Told(Vec::new()));
    let rollback = Rollback {
        target: &*doors.ann.0,
        journal: &journal,
        plan: &plan,
        clock: &clock,
        voice: Some(&voice),
        mode: Mode::Delete(&lease),
    };
    let report = by_ledger(&rollback, &mut told).await.unwrap();
    assert_eq!(report.total(), Tally { deleted: 248, gone: 1, left: 1 });
    assert_eq!(told.0[0].address, note(1));
    assert_eq!(doors.ann.0.count("users/ann/notes").await.unwrap(), 1);
    let patience = Pace::default().patience;
    let user = UserState::read(&*doors.ann.0, &address, now(), patience).await.unwrap().unwrap();
    assert_eq!(user.standing(), (2, Status::RolledBack));
}
