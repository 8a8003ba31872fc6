use std::fs;
use std::path::PathBuf;

use rehome_core::error::ErrorKind;
use rehome_core::journal::{Ask, Installation, Journal, JournalOptions, Leased, SqliteJournal};

use super::{Place, at, begun, leased, scope, step};

fn on(device: Option<&str>, no_backup_dir: Option<PathBuf>) -> JournalOptions {
    JournalOptions { device: device.map(str::to_owned), no_backup_dir, ..JournalOptions::default() }
}

fn opened(place: &Place, options: &JournalOptions) -> Installation {
    SqliteJournal::open(&place.path, options).unwrap().journal.installation().clone()
}

fn is_copy_of(copy: &Installation, original: &Installation) -> bool {
    copy.id != original.id && copy.copied_from.as_ref() == Some(&original.id)
}

#[test]
fn a_file_that_stays_where_it_was_made_keeps_its_id() {
    let place = Place::new();
    let marker = Some(place.folder.path().join("no_backup"));
    let first = opened(&place, &on(None, None));
    assert_eq!(first.copied_from, None);
    for options in
        [on(None, None), on(Some("a"), None), on(Some("a"), marker.clone()), on(None, marker), on(None, None)]
    {
        assert_eq!(opened(&place, &options), first);
    }
    assert_ne!(opened(&Place::new(), &on(None, None)).id, first.id);
}

#[test]
fn a_file_on_another_device_gets_an_id_of_its_own_and_keeps_that() {
    let (place, phone) = (Place::new(), Place::new());
    let first = opened(&place, &on(Some("old phone"), None));
    fs::copy(&place.path, &phone.path).unwrap();
    let second = opened(&phone, &on(Some("new phone"), None));
    assert!(is_copy_of(&second, &first));
    assert_eq!(opened(&phone, &on(Some("new phone"), None)), second);
    assert_eq!(opened(&place, &on(Some("old phone"), None)), first);
}

#[test]
fn a_backup_that_was_restored_on_the_same_device_gets_an_id_of_its_own() {
    let place = Place::new();
    let folder = place.folder.path().join("no_backup");
    let options = on(Some("phone"), Some(folder.clone()));
    let first = opened(&place, &options);
    fs::remove_dir_all(&folder).unwrap();
    let second = opened(&place, &options);
    assert!(is_copy_of(&second, &first));
    assert_eq!(opened(&place, &options), second);
    fs::write(folder.join("journal.sqlite.installation"), &first.id).unwrap();
    assert!(is_copy_of(&opened(&place, &options), &second));
}

#[tokio::test]
async fn leases_from_before_the_copy_are_void() {
    let place = Place::new();
    let journal = SqliteJournal::open(&place.path, &on(Some("old phone"), None)).unwrap().journal;
    let old = begun(&journal).await;
    drop(journal);
    let journal = SqliteJournal::open(&place.path, &on(Some("new phone"), None)).unwrap().journal;
    let answer = journal.save(&old, &step(0..1), at(1)).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Fenced);
    let ask = Ask::Unheard(std::time::Duration::from_secs(300));
    assert!(matches!(journal.lease(&scope(), "app", ask, at(1)).await.unwrap(), Leased::Yours(_)));
    assert!(journal.run(&scope()).await.unwrap().is_some(), "what was carried is known on the new phone too");
    leased(&journal, "app").await;
}
