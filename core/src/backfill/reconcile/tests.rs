use proptest::prelude::*;

use super::*;

fn hash(number: u8) -> ContentHash {
    ContentHash([number; 32])
}

fn there(number: u8, revision: Option<i64>) -> There {
    let (version, revision) = (Version::new(number.to_string()), revision.map(Value::Int));
    There { version, is_original: None, hash: hash(number), has_more: false, revision, has_our_stamps: true }
}

/// Our content and revision; what was carried before: content, version, whether by us; whether it was deleted, or may
/// have been sent; and what is found: content and revision.
type World = (u8, Option<i64>, Option<(u8, u8, bool)>, bool, bool, Option<(u8, Option<i64>)>);

/// Any of few contents, versions and revisions, so that all combinations are met.
fn worlds() -> impl Strategy<Value = World> {
    let revision = || proptest::option::of(0..3_i64);
    let before = proptest::option::of((0..3_u8, 0..3_u8, any::<bool>()));
    (0..3_u8, revision(), before, any::<bool>(), any::<bool>(), proptest::option::of((0..3_u8, revision())))
}

proptest! {
    #[test]
    fn nothing_newer_is_overwritten_and_nothing_deleted_comes_back(
        (content, revision, before, deleted, maybe_sent, found) in worlds()
    ) {
        let revision = revision.map(Value::Int);
        // The last of the versions stands for none.
        let versions = before.and_then(|(_, version, _)| (version < 2).then(|| Version::new(version.to_string())));
        let before = before.map(|(of, _, ours)| Before { hash: hash(of), version: versions.as_ref(), ours });
        let ours = Ours { hash: hash(content), revision: revision.as_ref(), before, deleted, maybe_sent };
        let there = found.map(|(content, revision)| there(content, revision));
        let verdict = reconcile(ours, there.as_ref());
        let carried = before.filter(|before| before.ours || before.version.is_some());
        match (&verdict, &there) {
            (Verdict::Create, there) => prop_assert!(there.is_none() && !deleted && carried.is_none()),
            (Verdict::Deleted, there) => prop_assert!(there.is_none() && (deleted || carried.is_some())),
            (Verdict::Same(_), there) => prop_assert_eq!(there.as_ref().map(|there| there.hash), Some(hash(content))),
            (Verdict::Replace(version), Some(there)) => {
                prop_assert_eq!(version, &there.version);
                let is_ours_still = carried.is_some_and(|before| {
                    before.version == Some(&there.version) || before.hash == there.hash
                });
                prop_assert!(is_ours_still || is_newer(revision.as_ref(), there.revision.as_ref()));
            }
            (Verdict::Newer, Some(there)) => {
                prop_assert!(there.hash != hash(content));
                prop_assert!(!is_newer(revision.as_ref(), there.revision.as_ref()));
            }
            (verdict, there) => prop_assert!(false, "{:?} of {:?}", verdict, there),
        }
    }

    #[test]
    fn what_was_decided_and_done_is_found_done_when_it_is_looked_at_again(
        (content, revision, before, deleted, maybe_sent, found) in worlds()
    ) {
        let revision = revision.map(Value::Int);
        let before = before.map(|(of, _, ours)| Before { hash: hash(of), version: None, ours });
        let ours = Ours { hash: hash(content), revision: revision.as_ref(), before, deleted, maybe_sent };
        let found = found.map(|(content, revision)| there(content, revision));
        let done = match reconcile(ours, found.as_ref()) {
            Verdict::Create | Verdict::Replace(_) => Some(There { revision: revision.clone(), ..there(content, None) }),
            Verdict::Same(_) | Verdict::Newer | Verdict::Deleted => found,
        };
        let again = reconcile(Ours { maybe_sent: true, ..ours }, done.as_ref());
        prop_assert!(!matches!(again, Verdict::Create | Verdict::Replace(_)), "{again:?}");
    }
}

#[test]
fn what_has_other_stamps_than_ours_was_not_sent_by_us() {
    let ours = Ours { hash: hash(1), revision: None, before: None, deleted: false, maybe_sent: true };
    let found = there(1, None);
    assert_eq!(reconcile(ours, Some(&found)), Verdict::Same(Author::JustUs));
    let others = There { has_our_stamps: false, ..found.clone() };
    assert_eq!(reconcile(ours, Some(&others)), Verdict::Same(Author::Others));
    assert_eq!(reconcile(Ours { maybe_sent: false, ..ours }, Some(&found)), Verdict::Same(Author::Others));
}

#[test]
fn only_what_is_as_we_left_it_is_removed() {
    assert_eq!(removal(hash(1), None), Removal::Gone);
    assert_eq!(removal(hash(1), Some(&there(1, None))), Removal::Delete(Version::new("1")));
    assert_eq!(removal(hash(1), Some(&there(2, None))), Removal::Left);
    assert_eq!(removal(hash(1), Some(&There { has_more: true, ..there(1, None) })), Removal::Left);
}
