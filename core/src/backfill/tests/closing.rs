//! What somebody's word does to a migration.

use super::*;
use crate::error::ErrorKind;
use crate::journal::{Lease, Run, STUCK_AFTER, Status, take_lease};
use crate::store::Refusal;
use crate::testkit::faults::{Fault, Faulty};

async fn lease(world: &World) -> Lease {
    take_lease(&world.journal, &scope(), "test", STUCK_AFTER, world.clock.now()).await.unwrap()
}

async fn closed(world: &World, closing: Closing) -> Result<Run> {
    close(&world.journal, &lease(world).await, closing, world.clock.now()).await
}

#[tokio::test]
async fn a_sealed_migration_carries_no_delta_any_more() {
    let (world, target) = (World::of(3), target(ATOMIC));
    world.run(&target).await.unwrap();
    assert_eq!(closed(&world, Closing::Verified).await.unwrap().status, Status::Verified);
    assert_eq!(closed(&world, Closing::Sealed).await.unwrap().status, Status::Sealed);
    assert_eq!(closed(&world, Closing::Verified).await.unwrap().status, Status::Sealed, "a status only grows");
    world.put(9, 1);
    let report = world.run(&target).await.unwrap();
    assert!(matches!(report.ended, Ended::Closed));
    assert_eq!(texts(&target).len(), 3);
}

#[tokio::test]
async fn a_forced_migration_is_a_generation_of_its_own_that_is_never_verified() {
    let (world, target) = (World::of(3), target(ATOMIC));
    world.control.cancel();
    world.run(&target).await.unwrap();
    world.control.clear();
    let forced = closed(&world, Closing::Forced).await.unwrap();
    assert_eq!((forced.status, forced.generation), (Status::Forced, 2));
    assert!(matches!(world.run(&target).await.unwrap().ended, Ended::Closed));
    let refused = closed(&world, Closing::Verified).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadInput);
    assert!(refused.to_string().contains("forced"), "{refused}");
}

#[tokio::test]
async fn only_what_is_complete_can_be_sealed() {
    let (world, target) = (World::of(3), target(ATOMIC));
    assert_eq!(closed(&world, Closing::Sealed).await.unwrap_err().kind(), ErrorKind::NotFound);
    world.control.cancel();
    world.run(&target).await.unwrap();
    assert_eq!(closed(&world, Closing::Sealed).await.unwrap_err().kind(), ErrorKind::BadInput);
}

#[tokio::test]
async fn what_was_refused_is_tried_again_when_somebody_asks_and_the_rest_is_left_alone() {
    let (world, target) = (World::of(6), target(ATOMIC));
    let refusing = Faulty::new(target, [Fault::None]).refusing(&address(4), Refusal::invalid("not now"));
    world.run(&refusing).await.unwrap();
    assert_eq!(world.quarantine().await.len(), 1);
    let target = refusing.inner();
    assert_eq!(world.run(target).await.unwrap().counters.quarantined, 1, "a later run does not try it by itself");
    let report = world.start(target, Start::Again).await.unwrap();
    assert_eq!((texts(target).len(), report.counters.created), (6, 6));
    assert!(report.counters.add_up(), "{:?}", report.counters);
    assert!(world.quarantine().await.is_empty());
}
