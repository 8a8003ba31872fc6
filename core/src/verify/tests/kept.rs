//! A verification that was interrupted, and the one after it.

use super::*;

#[tokio::test]
async fn a_later_process_goes_on_where_one_was_interrupted_and_comes_to_the_same() {
    let world = with_broken_rows(10_000, &[100, 9_000]).await;
    world.note(999, "x", 7);
    world.source.put("Note", Key::Int(20_000), Map::from([("draft".to_owned(), Value::Bool(true))]));
    let whole = world.verify_and_tell(Options::default(), &mut Told::default()).await;
    // The second of two goes on where the first was interrupted, and the last with what both have seen.
    for ends in [&[2_u64][..], &[2, 1]] {
        for end in ends {
            let mut told = Told { ends_at: Some(*end), ..Told::default() };
            world.try_verify(99, Options::default(), &mut told).await.unwrap_err();
        }
        let mut told = Told::default();
        assert_eq!(world.verify_and_tell(Options::default(), &mut told).await, whole);
        assert!(told.goes_on.is_some_and(|read| read >= 2_048), "{ends:?}: {:?}", told.goes_on);
        let mut told = Told::default();
        assert_eq!(world.verify_and_tell(Options::default(), &mut told).await, whole);
        assert_eq!(told.goes_on, None, "it came to its end");
    }
}

#[tokio::test]
async fn what_was_interrupted_is_not_gone_on_with_by_a_verification_of_something_else() {
    const DAY: i64 = 24 * 3_600_000;
    let mut world = with_broken_rows(5_000, &[4_000]).await;
    let interrupted = async |world: &World| {
        let mut told = Told { ends_at: Some(1), ..Told::default() };
        world.try_verify(99, Options::default(), &mut told).await.unwrap_err();
    };
    let goes_on = async |world: &World, now: i64, options: Options<'_>| {
        interrupted(world).await;
        let mut told = Told::default();
        world.try_verify(now, options, &mut told).await.unwrap();
        told.goes_on.is_some()
    };
    assert!(goes_on(&world, 99 + DAY, Options::default()).await);
    assert!(!goes_on(&world, 100 + DAY, Options::default()).await, "it is too long ago");
    assert!(!goes_on(&world, 98, Options::default()).await, "it is yet to come");
    assert!(!goes_on(&world, 99, Options { anew: true, ..Options::default() }).await);
    assert!(!goes_on(&world, 99, Options { sample_percent: Some(50), ..Options::default() }).await);
    assert!(!goes_on(&world, 99, Options { repair: Repair::Rehearse, ..Options::default() }).await);
    interrupted(&world).await;
    world.journal.begin(&world.lease, &Run { generation: 2, ..run_of(&world.plan, Status::Complete) }).await.unwrap();
    let mut told = Told::default();
    world.verify_and_tell(Options::default(), &mut told).await;
    assert_eq!(told.goes_on, None, "another generation");
    interrupted(&world).await;
    let text = PLAN.replace("\"text\", ", "");
    world.plan = PlanFile::check(&text, "n", &world.source.schema().await.unwrap(), world.target.rules()).unwrap().plan;
    world.verify_and_tell(Options::default(), &mut told).await;
    assert_eq!(told.goes_on, None, "another plan");
}
