//! The system's own SQLite, to link against: found where the linker finds it, or fetched from Debian without root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cached::emptied;
use crate::debian::{Apt, unpack};
use crate::steps::cache;

/// Where the linker and the loader find the library.
pub(crate) enum SystemSqlite {
    /// Where they look by themselves.
    Installed,
    /// In this folder.
    Fetched(PathBuf),
}

impl SystemSqlite {
    pub(crate) fn find_or_fetch() -> Result<Self, String> {
        let cache = cache()?;
        if links_by_itself(&cache.join("probe")) {
            return Ok(Self::Installed);
        }
        let folder = cache.join("sqlite");
        if let Some(library) = library_in(&folder) {
            return Ok(Self::Fetched(library));
        }
        println!(
            "\n== The system has no libsqlite3 to link against: fetching Debian's package into {}",
            folder.display()
        );
        fetch(&cache.join("apt"), &folder)?;
        library_in(&folder)
            .map(Self::Fetched)
            .ok_or_else(|| format!("Debian's package left no library in {}", folder.display()))
    }

    /// Lets a command link and load it.
    pub(crate) fn lend_to_link<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Self::Fetched(library) = self {
            command.env("SQLITE3_LIB_DIR", library);
        }
        self.lend_to_load(command)
    }

    /// Lets a command load it at run time. The build does not see this, so that what is compiled stays compiled.
    pub(crate) fn lend_to_load<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Self::Fetched(library) = self {
            command.env("LD_LIBRARY_PATH", library);
        }
        command
    }
}

/// The surest sign that something can be linked is to link it. Into a file of ours: a linker that runs as root would
/// put its file in the place of `/dev/null`.
fn links_by_itself(probe: &Path) -> bool {
    let mut linking = Command::new("cc");
    linking.args(["-x", "c", "-", "-lsqlite3", "-o"]).arg(probe);
    let child = linking.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut source) = child.stdin.take() {
        // A compiler that is gone before it read this fails below.
        let _ = std::io::Write::write_all(&mut source, b"int main(void) { return 0; }\n");
    }
    let links = child.wait().is_ok_and(|status| status.success());
    let _ = fs::remove_file(probe);
    links
}

/// The folder below this one that holds the library.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let by_machine = fs::read_dir(folder.join("usr/lib")).ok()?.flatten().map(|entry| entry.path());
    by_machine.into_iter().find(|path| path.join("libsqlite3.so").exists())
}

/// Fetches Debian's packages of this machine's release, and unpacks them beside the folder: one that is there is whole.
fn fetch(apt: &Path, folder: &Path) -> Result<(), String> {
    let packages =
        Apt::of_this_machine(apt).and_then(|apt| apt.fetch(&["libsqlite3-0", "libsqlite3-dev"])).map_err(|why| {
            format!("libsqlite3-dev can be neither linked nor fetched ({why}); install it, or make apt-get work")
        })?;
    let half = folder.with_extension(format!("half-{}", std::process::id()));
    emptied(&half)?;
    for package in packages {
        unpack(&package, &half, &[])?;
    }
    // What pkg-config reads in here says that the library is in /usr, where it is not.
    if let Some(library) = library_in(&half) {
        let _ = fs::remove_dir_all(library.join("pkgconfig"));
    }
    let _ = fs::remove_dir_all(folder);
    fs::rename(&half, folder).map_err(|error| format!("{} cannot be moved into place: {error}", half.display()))
}
