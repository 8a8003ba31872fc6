use std::sync::Arc;

use super::*;
use crate::testkit::conformance::{JournalFixture, journal};

fn open(path: &Path) -> SqliteJournal {
    SqliteJournal::open(path, &JournalOptions::default()).unwrap().journal
}

#[tokio::test]
async fn the_file_keeps_every_clause_of_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rehome/journal.sqlite");
    let open = || -> Answer<'_, Arc<dyn Journal>> {
        let journal: Arc<dyn Journal> = Arc::new(open(&path));
        Box::pin(async { Ok(journal) })
    };
    journal(&JournalFixture { open: Box::new(open) }).await.unwrap();
}
