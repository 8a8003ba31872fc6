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

/// Fetches Debian's packages with lists and downloads of our own in `apt`, which needs no root, and unpacks them.
fn fetch(apt: &Path, folder: &Path) -> Result<(), String> {
    let packages = apt.join("packages");
    // What an earlier run left here may be half a download, or another version.
    emptied(&packages)?;
    emptied(&apt.join("lists/partial"))?;
    run(apt_get(apt, &packages).args(["update", "--quiet"]))
        .and_then(|()| run(apt_get(apt, &packages).args(["download", "--quiet", "libsqlite3-0", "libsqlite3-dev"])))
        .map_err(|why| {
            format!("libsqlite3-dev can be neither linked nor fetched ({why}); install it, or make apt-get work")
        })?;
    unpack(&packages, folder)
}

fn apt_get(apt: &Path, packages: &Path) -> Command {
    let of_ours = |key: &str, folder: &str| format!("{key}={}", apt.join(folder).display());
    let mut command = Command::new("apt-get");
    command.current_dir(packages);
    // As root apt would give up its rights for the download, and with them those to the folder.
    for option in
        [of_ours("Dir::State::lists", "lists"), of_ours("Dir::Cache", "cache"), "APT::Sandbox::User=root".to_owned()]
    {
        command.args(["-o", &option]);
    }
    command
}

/// Unpacks beside the folder and renames at the end: a folder that is there is whole.
fn unpack(packages: &Path, folder: &Path) -> Result<(), String> {
    let half = folder.with_extension(format!("half-{}", std::process::id()));
    emptied(&half)?;
    let files = fs::read_dir(packages).map_err(|error| format!("{} cannot be read: {error}", packages.display()))?;
    for file in files.flatten() {
        run(Command::new("dpkg").arg("-x").arg(file.path()).arg(&half))?;
    }
    // What pkg-config reads in here says that the library is in /usr, where it is not.
    if let Some(library) = library_in(&half) {
        let _ = fs::remove_dir_all(library.join("pkgconfig"));
    }
    let _ = fs::remove_dir_all(folder);
    fs::rename(&half, folder).map_err(|error| format!("{} cannot be moved into place: {error}", half.display()))
}

/// Makes a folder, or makes it anew.
fn emptied(folder: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}
