//! The app's SQLite: the system's library, loaded at run time as an app's frameworks load it.
//!
//! In a build of core with its own SQLite this is a second copy in the process; in a build with the system's it is the
//! same one.
#![allow(unsafe_code, reason = "a second copy of a C library can only be called through its C functions")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

use libloading::{Library, Symbol};

const OK: c_int = 0;
const BUSY: c_int = 5;
const READ_WRITE_CREATE: c_int = 0x6;

type Open = unsafe extern "C" fn(*const c_char, *mut *mut c_void, c_int, *const c_char) -> c_int;
type Exec = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_void, *mut c_void, *mut *mut c_char) -> c_int;
type OnStatement = unsafe extern "C" fn(*mut c_void) -> c_int;
type Version = unsafe extern "C" fn() -> *const c_char;

/// A connection of the app's own.
pub(crate) struct AppSqlite {
    sqlite: Library,
    connection: *mut c_void,
}

/// Somebody else holds the lock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl AppSqlite {
    /// Opens or creates the store as an app does: for writing, with a write-ahead log, never waiting for a lock.
    pub(crate) fn open(path: &Path) -> Self {
        // SAFETY: the library is SQLite, whose initialisers may run at any time.
        let library = unsafe { Library::new("libsqlite3.so.0") }.expect(
            "this test needs the system's SQLite: install libsqlite3-0, or run `cargo xtask test`, which fetches it",
        );
        let file = CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        let mut connection = ptr::null_mut();
        // SAFETY: the signature is SQLite's, and both pointers live through the call.
        let code = unsafe {
            let open: Symbol<'_, Open> = library.get(b"sqlite3_open_v2\0").unwrap();
            open(file.as_ptr(), &mut connection, READ_WRITE_CREATE, ptr::null())
        };
        assert_eq!(code, OK, "the app cannot open its store");
        let app = Self { sqlite: library, connection };
        app.run("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;").unwrap();
        app
    }

    /// Runs statements that return nothing of interest.
    pub(crate) fn run(&self, sql: &str) -> Result<(), Busy> {
        let text = CString::new(sql).unwrap();
        // SAFETY: the connection is open until drop, and the text lives through the call.
        let code = unsafe {
            let exec: Symbol<'_, Exec> = self.sqlite.get(b"sqlite3_exec\0").unwrap();
            exec(self.connection, text.as_ptr(), ptr::null(), ptr::null_mut(), ptr::null_mut())
        };
        match code {
            OK => Ok(()),
            BUSY => Err(Busy),
            other => panic!("the app's SQLite answers {other} to {sql}"),
        }
    }

    /// Whether the library that the app uses is the very one that core is linked with.
    pub(crate) fn is_the_copy_that_core_uses(&self) -> bool {
        // SAFETY: the function takes nothing and returns a static text.
        let theirs: Symbol<'_, Version> = unsafe { self.sqlite.get(b"sqlite3_libversion\0").unwrap() };
        let ours: Version = rusqlite::ffi::sqlite3_libversion;
        // SAFETY: SQLite's version is a static, terminated text.
        unsafe { ptr::eq(theirs(), ours()) }
    }
}

impl Drop for AppSqlite {
    fn drop(&mut self) {
        // SAFETY: nobody uses the connection after this.
        unsafe {
            if let Ok(close) = self.sqlite.get::<OnStatement>(b"sqlite3_close_v2\0") {
                close(self.connection);
            }
        }
    }
}
