use std::sync::Arc;

use super::*;
use crate::journal::{Ask, Lease, Leased, SqliteJournal, Status};
use crate::record::Timestamp;
use crate::remote_state::{About, Pace, StateAddress, UserState};
use crate::store::{Batches, Capabilities};
use crate::stores::firestore;
use crate::stores::memory::MemoryTarget;
use crate::testkit::clock::FakeClock;
use crate::testkit::faults::{Fault, Faulty, Gate};

use super::super::writer::tests::running;

struct World {
    target: Arc<Faulty<MemoryTarget>>,
    journal: SqliteJournal,
    lease: Lease,
    voice: RemoteState,
}

impl World {
    async fn new(script: Vec<Fault>) -> Self {
        let capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
        let target = Arc::new(Faulty::new(MemoryTarget::new(firestore::rules(), capabilities), script));
        let journal = SqliteJournal::in_memory().unwrap();
        let now = Timestamp::from_millis(0);
        let leased = journal.lease(&Scope::of("habits", "ann"), "test", Ask::Force, now).await.unwrap();
        let Leased::Yours(lease) = leased else { panic!("somebody else has the lease") };
        let (address, about) = (StateAddress::of("ann").unwrap(), About::new("habits", 1, None));
        let voice = RemoteState::new(target.clone(), address, "phone", about, Pace::default());
        Self { target, journal, lease, voice }
    }

    async fn beside<T>(&self, clock: &FakeClock, work: impl Future<Output = T>) -> T {
        self.voice.beside(&self.journal, &self.lease.scope, clock, work).await
    }

    async fn status(&self) -> Option<Status> {
        let (address, patience) = (StateAddress::of("ann").unwrap(), Pace::default().patience);
        let now = Timestamp::from_millis(0);
        let state = UserState::read(self.target.inner(), &address, now, patience).await.unwrap();
        state.map(|state| state.status)
    }
}

#[tokio::test]
async fn a_run_is_told_of_while_it_goes_and_when_it_ends() {
    let world = World::new(vec![]).await;
    let clock = FakeClock::standing();
    let answer = world.beside(&clock, async {
        // Time passes for those who wait already.
        tokio::task::yield_now().await;
        world.journal.begin(&world.lease, &running(0)).await.unwrap();
        assert_eq!(world.status().await, None);
        clock.pass(EVERY);
        while world.status().await.is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(world.status().await, Some(Status::Running));
        let forced = running(0).forced(Timestamp::from_millis(9));
        world.journal.begin(&world.lease, &forced).await.unwrap();
        7
    });
    assert_eq!(answer.await, 7);
    assert_eq!(world.status().await, Some(Status::Forced));
}

#[tokio::test]
async fn a_target_that_does_not_answer_keeps_nothing_from_its_end() {
    let world = World::new(vec![Fault::Hold(Gate::closed()), Fault::Hold(Gate::closed())]).await;
    let clock = FakeClock::default();
    let begun = async { world.journal.begin(&world.lease, &running(0)).await.unwrap() };
    world.beside(&clock, begun).await;
    assert!(world.target.inner().contents().is_empty());
}

#[tokio::test]
async fn without_a_run_there_is_nothing_to_tell() {
    let world = World::new(vec![]).await;
    world.beside(&FakeClock::standing(), async {}).await;
    assert!(world.target.inner().contents().is_empty());
}
