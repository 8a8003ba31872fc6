//! The libraries for Android's processors, where Gradle looks for them. It needs the NDK, so it is not tried where the
//! tests run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::folder;
use crate::cached::emptied;
use crate::steps::{Done, cargo, run, target};

const PROCESSORS: [&str; 3] = ["arm64-v8a", "armeabi-v7a", "x86_64"];
/// The first system that the library is for, as `build.gradle.kts` says.
const FIRST_SYSTEM: &str = "26";
/// Newer devices have memory pages of 16 KB; NDK 28 aligns to them by itself. By the id a crash is told from another
/// build's.
const LINKED: &str = "-C link-arg=-Wl,-z,max-page-size=16384 -C link-arg=-Wl,--build-id=sha1";
const LIBRARY: &str = "librehome_ffi.so";

pub(crate) fn android() -> Done {
    let ndk_of_cargo = cargo("ndk --version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !ndk_of_cargo.is_ok_and(|status| status.success()) {
        return Err("libraries for Android need cargo-ndk: cargo install cargo-ndk".to_owned());
    }
    let ndk = std::env::var_os("ANDROID_NDK_HOME").map(PathBuf::from).filter(|ndk| ndk.is_dir());
    let ndk =
        ndk.ok_or("libraries for Android need Android's NDK (28 or later): name its folder in ANDROID_NDK_HOME")?;
    let symbols = target().join("android/symbols");
    emptied(&symbols)?;
    let mut build = cargo("ndk --platform");
    build.arg(FIRST_SYSTEM).args(PROCESSORS.iter().flat_map(|name| ["-t", name])).arg("-o").arg(&symbols);
    build.args(["build", "--package", "rehome-ffi", "--profile", "phone"]).env("RUSTFLAGS", LINKED);
    build.env("CARGO_PROFILE_PHONE_DEBUG", "line-tables-only").env("CARGO_PROFILE_PHONE_STRIP", "none");
    run(&mut build).map_err(|why| {
        format!("{why}; where targets are missing: rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android")
    })?;
    let programs = programs(&ndk)?;
    for processor in PROCESSORS {
        let libraries = folder().join("kotlin/src/main/jniLibs").join(processor);
        emptied(&libraries)?;
        let (kept, shipped) = (symbols.join(processor).join(LIBRARY), libraries.join(LIBRARY));
        run(Command::new(programs.join("llvm-strip")).arg("-o").arg(&shipped).arg(&kept))?;
        super::symbols::check(&programs.join("llvm-readelf"), &kept, &shipped)?;
    }
    let archive = zipped(&symbols)?;
    println!(
        "The libraries are in bindings/kotlin/src/main/jniLibs; keep {} to read crashes with, for Play too.",
        archive.display()
    );
    Ok(())
}

/// The NDK has one folder of programs, named for the machine that they run on.
fn programs(ndk: &Path) -> Result<PathBuf, String> {
    let machines = ndk.join("toolchains/llvm/prebuilt");
    let found = fs::read_dir(&machines).map_err(|error| format!("{} cannot be read: {error}", machines.display()))?;
    let mut programs = found.flatten().map(|machine| machine.path().join("bin"));
    programs
        .find(|programs| programs.join("llvm-strip").exists())
        .ok_or_else(|| format!("{} has no llvm-strip", machines.display()))
}

/// As Play takes symbols: a folder for each processor.
fn zipped(symbols: &Path) -> Result<PathBuf, String> {
    let archive = symbols.with_file_name("native-debug-symbols.zip");
    // Whoever builds for Android has a JDK.
    let mut jar = Command::new("jar");
    run(jar.args(["--create", "--no-manifest", "--file"]).arg(&archive).arg("-C").arg(symbols).arg("."))?;
    Ok(archive)
}
