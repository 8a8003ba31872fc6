//! Whether crashes of a library that is shipped can be read by what is kept of it.

use std::path::Path;
use std::process::Command;

use crate::steps::Done;

/// What has to be in what is kept: the names of functions, and the lines that they are made of.
const KEPT: [&str; 2] = [".symtab", ".debug_line"];
/// Newer devices have memory pages of this size, and load nothing that is aligned to less.
const PAGE: u64 = 16 * 1024;

/// Fails where what is kept has no symbols or is of another build than what is shipped, and where that has symbols still,
/// or would not be loaded by a device with large pages. A program like `readelf` says so.
pub(super) fn check(readelf: &Path, kept: &Path, shipped: &Path) -> Done {
    let (symbols, library) = (Elf::of(readelf, kept)?, Elf::of(readelf, shipped)?);
    if let Some(missing) = KEPT.iter().find(|name| !symbols.has(name)) {
        return Err(format!("{} has no {missing}, and no crash can be read by it", kept.display()));
    }
    if library.has(KEPT[0]) {
        return Err(format!("{} has not been stripped", shipped.display()));
    }
    if library.build_id().is_none() || library.build_id() != symbols.build_id() {
        return Err(format!("{} and {} are not of one build", kept.display(), shipped.display()));
    }
    match library.least_alignment() {
        Some(alignment) if alignment >= PAGE => Ok(()),
        found => Err(format!("{} is aligned to {} bytes instead of {PAGE}", shipped.display(), found.unwrap_or(0))),
    }
}

/// What `readelf` says of a library.
struct Elf(String);

impl Elf {
    fn of(readelf: &Path, library: &Path) -> Result<Self, String> {
        let mut command = Command::new(readelf);
        command.args(["--wide", "--sections", "--notes", "--program-headers"]).arg(library);
        let said = command.output().map_err(|error| format!("{} cannot be run: {error}", readelf.display()))?;
        if said.status.success() {
            return Ok(Self(String::from_utf8_lossy(&said.stdout).into_owned()));
        }
        Err(format!("{} cannot be read: {}", library.display(), String::from_utf8_lossy(&said.stderr).trim()))
    }

    fn has(&self, section: &str) -> bool {
        self.0.split_whitespace().any(|word| word == section)
    }

    fn build_id(&self) -> Option<&str> {
        self.0.lines().find_map(|line| line.split_once("Build ID: ")).map(|(_, id)| id.trim())
    }

    /// Of the parts that are loaded, the alignment of the one that is aligned the least.
    fn least_alignment(&self) -> Option<u64> {
        let loaded = self.0.lines().map(str::trim).filter(|line| line.starts_with("LOAD "));
        let alignment = |line: &str| u64::from_str_radix(line.rsplit_once("0x")?.1, 16).ok();
        loaded.filter_map(alignment).min()
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use std::env::temp_dir;
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::cached::emptied;
    use crate::steps::run;

    /// A folder of its own for each test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = temp_dir().join(format!("rehome-symbols-{name}-{}", std::process::id()));
            emptied(&folder).unwrap();
            Self(folder)
        }

        /// A library of one function, as it is kept and as it is shipped.
        fn build(&self, function: &str, linked: &str) -> (PathBuf, PathBuf) {
            let [source, kept, shipped] =
                ["c", "so", "stripped.so"].map(|end| self.0.join(format!("{function}.{end}")));
            fs::write(&source, format!("int {function}(void) {{ return 1; }}")).unwrap();
            let mut compile = Command::new("cc");
            compile.args(["-g", "-shared", "-fPIC", "-Wl,--build-id=sha1", linked, "-o"]).arg(&kept).arg(&source);
            run(&mut compile).unwrap();
            run(Command::new("strip").arg("-o").arg(&shipped).arg(&kept)).unwrap();
            (kept, shipped)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const ALIGNED: &str = "-Wl,-z,max-page-size=16384";

    fn told(kept: &Path, shipped: &Path) -> String {
        check(Path::new("readelf"), kept, shipped).err().unwrap_or_default()
    }

    #[test]
    fn what_is_kept_reads_the_crashes_of_its_own_library_alone() {
        let folder = Folder::new("own");
        let ((kept, shipped), (another, _)) = (folder.build("one", ALIGNED), folder.build("two", ALIGNED));
        assert_eq!(told(&kept, &shipped), "");
        assert!(told(&another, &shipped).ends_with("are not of one build"));
        assert!(told(&kept, &kept).ends_with("has not been stripped"));
        assert!(told(&shipped, &shipped).contains("has no .symtab"));
    }

    #[test]
    fn a_library_for_small_pages_alone_is_not_shipped() {
        let folder = Folder::new("pages");
        let (kept, shipped) = folder.build("small", "-Wl,-z,max-page-size=4096");
        assert!(told(&kept, &shipped).ends_with("is aligned to 4096 bytes instead of 16384"));
    }
}
