//! The system's own SQLite, to link against: found where the linker finds it, or fetched from Debian without root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::steps::{cache, run};

/// Where the linker and the loader find the library.
pub(crate) enum SystemSqlite {
    /// Where they look by themselves.
    Installed,
    /// In this folder.
    Fetched(PathBuf),
}

impl SystemSqlite {
    pub(crate) fn find_or_fetch() -> Result<Self, String> {
        if links_by_itself() {
            return Ok(Self::Installed);
        }
        let folder = cache()?.join("sqlite");
        if let Some(library) = library_in(&folder) {
            return Ok(Self::Fetched(library));
        }
        println!(
            "\n== The system has no libsqlite3 to link against: fetching Debian's package into {}",
            folder.display()
        );
        fetch(&folder)?;
        library_in(&folder)
            .map(Self::Fetched)
            .ok_or_else(|| format!("Debian's package left no library in {}", folder.display()))
    }

    /// Lets a command link and load it.
    pub(crate) fn lend<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Installed => command,
            Self::Fetched(library) => command.env("SQLITE3_LIB_DIR", library).env("LD_LIBRARY_PATH", library),
        }
    }
}

/// The surest sign that something can be linked is to link it.
fn links_by_itself() -> bool {
    let mut probe = Command::new("cc");
    probe.args(["-x", "c", "-", "-lsqlite3", "-o", "/dev/null"]);
    let child = probe.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut source) = child.stdin.take() {
        // A compiler that is gone before it read this fails below.
        let _ = std::io::Write::write_all(&mut source, b"int main(void) { return 0; }\n");
    }
    child.wait().is_ok_and(|status| status.success())
}

/// The folder below this one that holds the library.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let by_machine = fs::read_dir(folder.join("usr/lib")).ok()?.flatten().map(|entry| entry.path());
    by_machine.into_iter().find(|path| path.join("libsqlite3.so").exists())
}

fn fetch(folder: &Path) -> Result<(), String> {
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).map_err(|error| format!("{} cannot be made: {error}", packages.display()))?;
    if download(&packages).is_err() {
        // Without lists apt knows no packages; as root they can be had.
        run(Command::new("apt-get").args(["update", "--quiet"])).and_then(|()| download(&packages)).map_err(|why| {
            format!("libsqlite3-dev can be neither linked nor fetched ({why}); install it, or make apt-get work")
        })?;
    }
    let files = fs::read_dir(&packages).map_err(|error| format!("{} cannot be read: {error}", packages.display()))?;
    for file in files.flatten() {
        run(Command::new("dpkg").arg("-x").arg(file.path()).arg(folder))?;
    }
    // What pkg-config reads in here says that the library is in /usr, where it is not.
    if let Some(library) = library_in(folder) {
        let _ = fs::remove_dir_all(library.join("pkgconfig"));
    }
    Ok(())
}

fn download(packages: &Path) -> Result<(), String> {
    let names = ["libsqlite3-0", "libsqlite3-dev"];
    run(Command::new("apt-get")
        .current_dir(packages)
        .args(["download", "--quiet", "-o", "APT::Sandbox::User=root"])
        .args(names))
}
