//! Debian's packages without root: lists and downloads of our own, unpacked into a folder of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cached::emptied;
use crate::steps::{Done, run};

/// An apt whose lists and downloads lie in a folder of their own.
pub(crate) struct Apt {
    folder: PathBuf,
    options: Vec<String>,
}

impl Apt {
    /// Knows what this machine's own apt knows: its release, and what of it is installed.
    pub(crate) fn of_this_machine(folder: &Path) -> Result<Self, String> {
        // As root apt would give up its rights for the download, and with them those to the folder.
        let options = ["APT::Sandbox::User=root".to_owned()]
            .into_iter()
            .chain([("State::lists", "lists"), ("Cache", "cache")].map(|(key, name)| option(folder, key, name)));
        let apt = Self { folder: folder.to_owned(), options: options.collect() };
        // What an earlier run left here may be half a download, or another version.
        emptied(&apt.packages())?;
        emptied(&folder.join("lists/partial"))?;
        Ok(apt)
    }

    /// Knows another release of Debian, and nothing of it is installed.
    pub(crate) fn of_release(folder: &Path, release: &str) -> Result<Self, String> {
        let mut apt = Self::of_this_machine(folder)?;
        emptied(&folder.join("packages/partial"))?;
        emptied(&folder.join("none"))?;
        let sources =
            format!("deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {release} main\n", mirror()?);
        for (name, text) in [("sources", sources.as_str()), ("status", "")] {
            let file = folder.join(name);
            fs::write(&file, text).map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        }
        let of_ours = [
            ("Etc::sourcelist", "sources"),
            ("Etc::sourceparts", "none"),
            ("Etc::preferences", "none/of-this-machine"),
            ("Etc::preferencesparts", "none"),
            ("State", "."),
            ("State::status", "status"),
            ("Cache::archives", "packages"),
        ];
        apt.options.extend(of_ours.map(|(key, name)| option(folder, key, name)));
        let plainly = ["APT::Install-Recommends=false", "Acquire::Languages=none", "Acquire::Retries=3"];
        apt.options.extend(plainly.map(str::to_owned));
        Ok(apt)
    }

    /// Fetches these packages alone.
    pub(crate) fn fetch(&self, packages: &[&str]) -> Result<Vec<PathBuf>, String> {
        run(&mut self.get(&["update", "--quiet"]))?;
        run(self.get(&["download", "--quiet"]).args(packages))?;
        self.fetched()
    }

    /// Fetches these packages and all that they depend on.
    pub(crate) fn fetch_whole(&self, packages: &[&str]) -> Result<Vec<PathBuf>, String> {
        run(&mut self.get(&["update", "-qq"]))?;
        run(self.get(&["install", "-qq", "--yes", "--download-only"]).args(packages))?;
        self.fetched()
    }

    fn get(&self, words: &[&str]) -> Command {
        let mut command = Command::new("apt-get");
        command.current_dir(self.packages()).args(words);
        for option in &self.options {
            command.args(["-o", option]);
        }
        command
    }

    fn fetched(&self) -> Result<Vec<PathBuf>, String> {
        let packages = self.packages();
        let files =
            fs::read_dir(&packages).map_err(|error| format!("{} cannot be read: {error}", packages.display()))?;
        let mut files: Vec<PathBuf> = files
            .flatten()
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|ext| ext == "deb"))
            .collect();
        files.sort();
        Ok(files)
    }

    fn packages(&self) -> PathBuf {
        self.folder.join("packages")
    }
}

fn option(folder: &Path, key: &str, name: &str) -> String {
    format!("Dir::{key}={}", folder.join(name).display())
}

/// The mirror of Debian that this machine's own apt uses.
fn mirror() -> Result<String, String> {
    let asked = Command::new("apt-get").args(["indextargets", "--format", "$(SITE)"]).stderr(Stdio::null()).output();
    let sites = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let debians = |site: &&str| site.contains("debian") && !site.contains("security");
    sites
        .lines()
        .find(debians)
        .map(str::to_owned)
        .ok_or_else(|| "this machine's apt-get knows no mirror of Debian's".to_owned())
}

/// Unpacks a package over what is there, without what these patterns match.
pub(crate) fn unpack(package: &Path, folder: &Path, without: &[&str]) -> Done {
    let mut files = Command::new("dpkg-deb");
    files.arg("--fsys-tarfile").arg(package).stdout(Stdio::piped());
    let mut files = files.spawn().map_err(|error| format!("dpkg-deb cannot be run: {error}"))?;
    let mut tar = Command::new("tar");
    tar.args(["-x", "--keep-directory-symlink", "--no-same-owner", "--no-same-permissions"]);
    tar.args(without.iter().map(|pattern| format!("--exclude={pattern}")));
    if let Some(stream) = files.stdout.take() {
        tar.stdin(stream);
    }
    let unpacked = run(tar.arg("--directory").arg(folder));
    let read = files.wait().is_ok_and(|status| status.success());
    if read { unpacked } else { Err(format!("{} cannot be unpacked", package.display())) }
}
