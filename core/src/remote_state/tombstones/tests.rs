use super::*;
use crate::store::{Batches, Capabilities, Outcome};
use crate::stores::firestore;
use crate::stores::memory::MemoryTarget;

const HABIT: &str = "users/ann/habits/h1";

fn target() -> MemoryTarget {
    MemoryTarget::new(firestore::rules(), Capabilities { batches: Batches::Atomic, conditional: true })
}

fn state() -> StateAddress {
    StateAddress::of("ann").unwrap()
}

fn tombstone<'a>(address: &'a str, installation: &'a str) -> Tombstone<'a> {
    Tombstone { address, deleted_at: Timestamp::from_millis(1_700_000_000_123), installation, generation: 2 }
}

async fn write(target: &MemoryTarget, writes: &[Write]) {
    let outcomes = target.write(writes).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Durable(_))), "{outcomes:?}");
}

#[tokio::test]
async fn what_one_device_deleted_another_one_finds_deleted() {
    let target = target();
    write(&target, &[tombstone(HABIT, "phone").write(&state())]).await;

    let seen = Tombstones::read(&target, &state(), "tablet").await.unwrap();
    assert_eq!((seen.len(), seen.is_empty()), (1, false));
    assert_eq!(seen.deleted_by(HABIT), Some(DeletedBy::Another));
    assert!(!seen.is_deleted("users/ann/habits/h2"));
    let own = Tombstones::read(&target, &state(), "phone").await.unwrap();
    assert_eq!(own.deleted_by(HABIT), Some(DeletedBy::Us));
}

#[tokio::test]
async fn a_tombstone_says_what_when_and_by_whom_under_an_id_that_never_changes() {
    let target = target();
    write(&target, &[tombstone(HABIT, "phone").write(&state())]).await;
    let contents = target.contents();
    let place = "users/ann/meta/migration/tombstones/836f0a16548707b4c84d368897797e98";
    let fields = Map::from([
        ("address".to_owned(), Value::from(HABIT)),
        ("deletedAt".to_owned(), Value::Timestamp(Timestamp::from_millis(1_700_000_000_123))),
        ("generation".to_owned(), Value::Int(2)),
        ("installation".to_owned(), Value::from("phone")),
    ]);
    assert_eq!(contents.keys().collect::<Vec<_>>(), [place]);
    assert_eq!(contents[place], fields);
}

#[tokio::test]
async fn deleting_twice_leaves_one_tombstone_and_creating_again_leaves_none() {
    let target = target();
    let twice = tombstone(HABIT, "phone").write(&state());
    write(&target, std::slice::from_ref(&twice)).await;
    write(&target, &[twice]).await;
    assert_eq!(target.contents().len(), 1);
    write(&target, &[Tombstone::lift(&state(), HABIT)]).await;
    assert!(Tombstones::read(&target, &state(), "phone").await.unwrap().is_empty());
}

#[tokio::test]
async fn all_pages_are_read_and_what_is_no_tombstone_is_passed_over() {
    let target = target();
    let addresses: Vec<String> = (0..2 * PAGE + 1).map(|number| format!("users/ann/habits/{number}")).collect();
    for some in addresses.chunks(100) {
        let writes: Vec<Write> = some.iter().map(|address| tombstone(address, "phone").write(&state())).collect();
        write(&target, &writes).await;
    }
    let stray = Write {
        address: format!("{}/note", state().tombstones()),
        fields: Some(Map::new().into()),
        condition: Condition::Always,
    };
    write(&target, &[stray]).await;

    let seen = Tombstones::read(&target, &state(), "tablet").await.unwrap();
    assert_eq!(seen.len(), addresses.len());
    assert!(addresses.iter().all(|address| seen.is_deleted(address)));
}

#[test]
fn what_this_run_deletes_and_creates_again_is_remembered() {
    let mut seen = Tombstones::default();
    seen.add(HABIT);
    assert_eq!(seen.deleted_by(HABIT), Some(DeletedBy::Us));
    seen.remove(HABIT);
    assert!(!seen.is_deleted(HABIT));
}

#[test]
fn an_id_is_short_and_safe_whatever_the_address() {
    let endless = "x/".repeat(4000);
    for address in ["", "__all__/..", "users/ann/habits/ä%2F", &endless] {
        let place = place(&state(), address);
        let id = place.rsplit('/').next().unwrap();
        assert_eq!(parsed(id), Some(mark(address)));
        assert_eq!(id.len(), 32);
    }
    for foreign in ["", "28ae", "+8ae6e8d5d8b94ad4a6bd4bdd31cdaf3", "28AE6E8D5D8B94AD4A6BD4BDD31CDAF3"] {
        assert_eq!(parsed(foreign), None, "{foreign}");
    }
}
