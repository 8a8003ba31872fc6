//! The journal in one SQLite file of Rehome's own.
//!
//! The file is written on a thread of its own, a transaction for each call. What is answered is on the disk; only
//! heartbeats may be lost with the power, since nobody holds anything afterwards.

mod aside;
mod book;
mod cells;
mod failure;
mod format;
mod installation;
mod leases;
mod ledger;
mod marks;
mod memos;
mod open;
mod parents;
mod places;
mod quarantine;
mod runs;
#[cfg(test)]
mod tests;
mod wipe;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Params, Row};
use tokio::sync::oneshot;

use self::book::{Book, Outlives, Page};
use self::failure::Done;
use self::open::Ready;
use super::{
    Ask, Carried, Forget, Installation, Journal, Kept, Lease, Leased, Mark, Run, Saved, Scope, SetAside, StoreOwner,
};
use crate::error::Result;
use crate::record::{Name, RecordId, Timestamp};
use crate::store::Answer;
use crate::thread::Thread;

/// What the app says where it opens its journal.
#[derive(Clone, Debug)]
pub struct JournalOptions {
    /// What tells this device from others, where the app knows: `identifierForVendor`, `ANDROID_ID`.
    pub device: Option<String>,
    /// A folder that no backup takes and nobody empties: `noBackupFilesDir` on Android, on Apple's systems one in
    /// Application Support that is excluded. The journal leaves a small file there, and knows by it whether it was
    /// restored or copied.
    pub no_backup_dir: Option<PathBuf>,
    /// How long another process's write is waited for.
    pub patience: Duration,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { device: None, no_backup_dir: None, patience: open::PATIENCE }
    }
}

/// A journal that was opened.
pub struct Opened {
    /// It.
    pub journal: SqliteJournal,
    /// Where the one before it lies now, if that was damaged: nothing of it is known any more, and what was carried is
    /// found by looking.
    pub put_aside: Option<PathBuf>,
}

/// The journal in one SQLite file of Rehome's own.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use rehome_core::journal::{Ask, Journal, Leased, Scope, SqliteJournal};
/// use rehome_core::record::Timestamp;
///
/// let journal = SqliteJournal::in_memory().unwrap();
/// let (scope, now) = (Scope::of("habits", "ann"), Timestamp::from_millis(0));
/// let leased = journal.lease(&scope, "app", Ask::Force, now).await.unwrap();
/// assert!(matches!(leased, Leased::Yours(_)));
/// assert_eq!(journal.run(&scope).await.unwrap(), None);
/// # });
/// ```
pub struct SqliteJournal {
    thread: Thread<Job>,
    installation: Installation,
}

type Job = Box<dyn FnOnce(&mut Book) + Send>;

impl SqliteJournal {
    /// Opens the journal at this path; where nothing is there it is made, with its folder. An older version's file is
    /// brought to the format of this one; a damaged one is put aside.
    ///
    /// # Errors
    /// [`Unsupported`](crate::error::ErrorKind::Unsupported) where a later version has written it,
    /// [`BadInput`](crate::error::ErrorKind::BadInput) where it is somebody else's database,
    /// [`Protected`](crate::error::ErrorKind::Protected) where the system does not give it out now; it stays as it is.
    pub fn open(path: impl AsRef<Path>, options: &JournalOptions) -> Result<Opened> {
        let path = path.as_ref();
        let Ready { connection, installation, put_aside } =
            open::open(path, options).map_err(|fault| fault.explain(path))?;
        let book = Book::new(connection, Some(path.to_owned()));
        Ok(Opened { journal: Self::start(book, installation)?, put_aside })
    }

    /// Opens the journal at this path to look at it, beside whoever writes it: every write fails with
    /// [`Denied`](crate::error::ErrorKind::Denied). Nothing is made, upgraded or put aside.
    ///
    /// # Errors
    /// [`NotFound`](crate::error::ErrorKind::NotFound) where nothing is there,
    /// [`Damaged`](crate::error::ErrorKind::Damaged) where it has to be put aside by whoever writes it next, and as
    /// [`SqliteJournal::open`].
    pub fn open_to_read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let (connection, installation) = open::to_read(path, open::PATIENCE).map_err(|fault| fault.explain(path))?;
        Self::start(Book::to_read(connection, path.to_owned()), installation)
    }

    /// A journal that ends with the process, for tests and rehearsals.
    ///
    /// # Errors
    /// Where the system gives no memory or no thread.
    pub fn in_memory() -> Result<Self> {
        let ready = open::in_memory().map_err(|fault| fault.explain(Path::new(":memory:")))?;
        Self::start(Book::new(ready.connection, None), ready.installation)
    }

    fn start(mut book: Book, installation: Installation) -> Result<Self> {
        let thread = Thread::start("rehome-journal", move |jobs| {
            for job in jobs {
                let job: Job = job;
                job(&mut book);
            }
        })?;
        Ok(Self { thread, installation })
    }

    /// Has something done on the journal's thread. Where nobody waits for it any more before it begins, it is not done.
    async fn ask<T: Send + 'static>(&self, work: impl FnOnce(&mut Book) -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.thread.send(Box::new(move |book| {
            if !answer.is_closed() {
                drop(answer.send(work(book)));
            }
        }))?;
        answered.await.map_err(|_| Thread::<Job>::ended())?
    }

    fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Page<'_>) -> Done<T> + Send + 'static) -> Answer<'_, T> {
        Box::pin(self.ask(|book| book.read(work)))
    }

    fn write<T: Send + 'static>(
        &self,
        outlives: Outlives,
        work: impl FnOnce(&mut Page<'_>) -> Done<T> + Send + 'static,
    ) -> Answer<'_, T> {
        Box::pin(self.ask(move |book| book.write(outlives, work)))
    }

    /// Reads rows of a scope; none where the journal does not have the scope.
    fn read_of<T: Default + Send + 'static>(
        &self,
        scope: &Scope,
        work: impl FnOnce(&mut Page<'_>, i64) -> Done<T> + Send + 'static,
    ) -> Answer<'_, T> {
        let scope = scope.clone();
        self.read(move |page| match leases::scope(page.sql, &scope)? {
            Some(id) => work(page, id),
            None => Ok(T::default()),
        })
    }

    /// Writes rows of the scope that a lease is for, if it still counts.
    fn write_under<T: Send + 'static>(
        &self,
        lease: &Lease,
        outlives: Outlives,
        work: impl FnOnce(&mut Page<'_>, i64) -> Done<T> + Send + 'static,
    ) -> Answer<'_, T> {
        let lease = lease.clone();
        self.write(outlives, move |page| {
            let scope = leases::fenced(page.sql, &lease)?;
            work(page, scope)
        })
    }
}

impl Journal for SqliteJournal {
    fn installation(&self) -> &Installation {
        &self.installation
    }

    fn own_store<'a>(&'a self, store: &'a str, owner: &'a str) -> Answer<'a, StoreOwner> {
        let (store, owner) = (store.to_owned(), owner.to_owned());
        self.write(Outlives::Power, move |page| {
            page.sql.execute("INSERT OR IGNORE INTO store (id, owner) VALUES (?1, ?2)", [&store, &owner])?;
            let query = "SELECT owner FROM store WHERE id = ?1";
            let first: String = page.sql.query_row(query, [&store], |row| row.get(0))?;
            Ok(if first == owner { StoreOwner::Yours } else { StoreOwner::Another(first) })
        })
    }

    fn disown_store<'a>(&'a self, store: &'a str) -> Answer<'a, ()> {
        let store = store.to_owned();
        self.write(Outlives::Power, move |page| {
            page.sql.execute("DELETE FROM store WHERE id = ?1", [&store])?;
            Ok(())
        })
    }

    fn lease<'a>(&'a self, scope: &'a Scope, holder: &'a str, ask: Ask, now: Timestamp) -> Answer<'a, Leased> {
        let (scope, holder) = (scope.clone(), holder.to_owned());
        self.write(Outlives::Process, move |page| leases::lease(page.sql, &scope, &holder, ask, now))
    }

    fn renew<'a>(&'a self, lease: &'a Lease, now: Timestamp) -> Answer<'a, ()> {
        self.write_under(lease, Outlives::Process, move |page, scope| leases::heard(page.sql, scope, now))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.write_under(lease, Outlives::Process, |page, scope| leases::release(page.sql, scope))
    }

    fn run<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Option<Run>> {
        self.read_of(scope, |page, scope| runs::run(page.sql, scope))
    }

    fn scopes(&self) -> Answer<'_, Vec<Scope>> {
        self.read(|page| runs::scopes(page.sql))
    }

    fn begin<'a>(&'a self, lease: &'a Lease, run: &'a Run) -> Answer<'a, ()> {
        let run = run.clone();
        self.write_under(lease, Outlives::Power, move |page, scope| runs::begin(page, scope, &run))
    }

    fn save<'a>(&'a self, lease: &'a Lease, saved: &'a Saved, now: Timestamp) -> Answer<'a, ()> {
        self.save_shared(lease, Arc::new(saved.clone()), now)
    }

    fn save_shared<'a>(&'a self, lease: &'a Lease, saved: Arc<Saved>, now: Timestamp) -> Answer<'a, ()> {
        self.write_under(lease, Outlives::Power, move |page, scope| {
            leases::heard(page.sql, scope, now)?;
            runs::save(page.sql, scope, &saved, now)?;
            quarantine::release(page.sql, scope, &saved.released)?;
            quarantine::keep(page.sql, scope, &saved.quarantined)?;
            ledger::forget(page, scope, &saved.forgotten)?;
            ledger::keep(page, scope, &saved.carried)?;
            ledger::see(page, scope, &saved.seen)?;
            marks::mark(page, scope, &saved.marks)
        })
    }

    fn carried<'a>(&'a self, scope: &'a Scope, of: &'a [(RecordId, u16)]) -> Answer<'a, Vec<Option<Carried>>> {
        let (scope, of) = (scope.clone(), of.to_vec());
        self.read(move |page| match leases::scope(page.sql, &scope)? {
            Some(id) => ledger::carried(page, id, &of),
            None => Ok(vec![None; of.len()]),
        })
    }

    fn carried_by<'a>(&'a self, scope: &'a Scope, records: &'a [RecordId]) -> Answer<'a, Vec<Vec<Carried>>> {
        let (scope, records) = (scope.clone(), records.to_vec());
        Box::pin(self.ask(move |book| {
            book.read(|page| match leases::scope(page.sql, &scope)? {
                Some(id) => ledger::carried_by(page, id, &records),
                None => Ok(vec![Vec::new(); records.len()]),
            })
        }))
    }

    fn carried_at<'a>(&'a self, scope: &'a Scope, addresses: &'a [String]) -> Answer<'a, Vec<Option<Carried>>> {
        let (scope, addresses) = (scope.clone(), addresses.to_vec());
        Box::pin(self.ask(move |book| {
            let is_known = book.read(|page| match leases::scope(page.sql, &scope)? {
                Some(id) => places::some_are_known(page, id, &addresses),
                None => Ok(false),
            })?;
            if !is_known {
                return Ok(vec![None; addresses.len()]);
            }
            places::index(book)?;
            book.read(|page| match leases::scope(page.sql, &scope)? {
                Some(id) => ledger::carried_at(page, id, &addresses),
                None => Ok(vec![None; addresses.len()]),
            })
        }))
    }

    fn ledger<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, Carried)>> {
        self.read_of(scope, move |page, scope| ledger::rows(page, scope, after, limit))
    }

    fn unseen<'a>(
        &'a self,
        scope: &'a Scope,
        entity: &'a str,
        after: u64,
        limit: usize,
    ) -> Answer<'a, Vec<(u64, Carried)>> {
        let entity = entity.to_owned();
        self.read_of(scope, move |page, scope| ledger::unseen(page, scope, &entity, after, limit))
    }

    fn ledger_sizes<'a>(&'a self, scope: &'a Scope) -> Answer<'a, Vec<(Name, u64)>> {
        self.read_of(scope, ledger::sizes)
    }

    fn unsee<'a>(&'a self, lease: &'a Lease, entity: &'a str) -> Answer<'a, ()> {
        let entity = entity.to_owned();
        self.write_under(lease, Outlives::Power, move |page, scope| ledger::unsee(page, scope, &entity))
    }

    fn owners<'a>(&'a self, scope: &'a Scope, marks: &'a [Mark]) -> Answer<'a, Vec<Option<RecordId>>> {
        let (scope, marks) = (scope.clone(), marks.to_vec());
        self.read(move |page| match leases::scope(page.sql, &scope)? {
            Some(id) => marks::owners(page, id, &marks),
            None => Ok(vec![None; marks.len()]),
        })
    }

    fn quarantine<'a>(&'a self, scope: &'a Scope, after: u64, limit: usize) -> Answer<'a, Vec<(u64, SetAside)>> {
        self.read_of(scope, move |page, scope| quarantine::rows(page.sql, scope, after, limit))
    }

    fn refused<'a>(&'a self, scope: &'a Scope, number: u64) -> Answer<'a, Vec<Kept>> {
        self.read_of(scope, move |page, scope| quarantine::refused(page.sql, scope, number))
    }

    fn drop_quarantined<'a>(&'a self, scope: &'a Scope, numbers: &'a [u64]) -> Answer<'a, ()> {
        let (scope, numbers) = (scope.clone(), numbers.to_vec());
        self.write(Outlives::Power, move |page| match leases::scope(page.sql, &scope)? {
            Some(id) => quarantine::drop_numbers(page.sql, id, &numbers),
            None => Ok(()),
        })
    }

    fn memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str) -> Answer<'a, Option<String>> {
        let (owner, name) = (owner.map(str::to_owned), name.to_owned());
        self.read(move |page| memos::memo(page.sql, owner.as_deref(), &name))
    }

    fn keep_memo<'a>(&'a self, owner: Option<&'a str>, name: &'a str, text: Option<&'a str>) -> Answer<'a, ()> {
        let (owner, name, text) = (owner.map(str::to_owned), name.to_owned(), text.map(str::to_owned));
        self.write(Outlives::Power, move |page| memos::keep(page.sql, owner.as_deref(), &name, text.as_deref()))
    }

    fn wipe<'a>(&'a self, owner: &'a str, forget: Forget, holder: &'a str, now: Timestamp) -> Answer<'a, ()> {
        let (owner, holder) = (owner.to_owned(), holder.to_owned());
        Box::pin(self.ask(move |book| wipe::wipe(book, &owner, forget, &holder, now)))
    }
}

/// The rows that a query finds, each as `read` says.
fn page_of<T>(sql: &Connection, query: &str, values: impl Params, read: impl Fn(&Row<'_>) -> Done<T>) -> Done<Vec<T>> {
    let mut query = sql.prepare(query)?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}
