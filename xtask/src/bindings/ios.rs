//! The XCFramework for Apple's devices and simulators. It needs Xcode, so it is not tried where the tests run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{folder, notices};
use crate::cached::emptied;
use crate::steps::{Done, cargo, run, target};

const DEVICE: &str = "aarch64-apple-ios";
const SIMULATORS: [&str; 2] = ["aarch64-apple-ios-sim", "x86_64-apple-ios"];
/// The first system that the package is for, as `Package.swift` says.
const FIRST_SYSTEM: (&str, &str) = ("IPHONEOS_DEPLOYMENT_TARGET", "15.0");

const ARCHIVE: &str = "RehomeFFI.xcframework.zip";

pub(crate) fn ios() -> Done {
    if !ready("xcodebuild", &["-version"]) {
        return Err("an XCFramework needs Xcode, and this machine has none: run this on a Mac with Xcode 16 or later"
            .to_owned());
    }
    let out = target().join("ios");
    emptied(&out)?;
    let device = built(DEVICE)?;
    let simulators = SIMULATORS.iter().map(|name| built(name)).collect::<Result<Vec<_>, _>>()?;
    let simulator = out.join("librehome_ffi.a");
    run(Command::new("lipo").arg("-create").args(&simulators).arg("-output").arg(&simulator))?;
    // Where `Package.swift` looks for it.
    let framework = folder().join("swift/RehomeFFI.xcframework");
    if framework.exists() {
        fs::remove_dir_all(&framework).map_err(|error| format!("{}: {error}", framework.display()))?;
    }
    let headers = headers(&out)?;
    let mut join = Command::new("xcodebuild");
    join.arg("-create-xcframework");
    for library in [&device, &simulator] {
        join.arg("-library").arg(library).arg("-headers").arg(&headers);
    }
    run(join.arg("-output").arg(&framework))?;
    // An app that links the library has to show them.
    let notices = framework.join(notices::FILE);
    fs::copy(folder().join(notices::FILE), &notices).map_err(|error| format!("{}: {error}", notices.display()))?;
    let archive = out.join(ARCHIVE);
    run(Command::new("ditto").args(["-c", "-k", "--keepParent"]).arg(&framework).arg(&archive))?;
    let checksum = checksum(&archive)?;
    println!("{} is for a release, with this in Package.swift:", archive.display());
    println!("    .binaryTarget(name: \"RehomeFFI\", url: \"https://…/{ARCHIVE}\",\n        checksum: \"{checksum}\")");
    Ok(())
}

/// By which Swift's package manager knows an archive again: kept beside it too.
fn checksum(archive: &Path) -> Result<String, String> {
    let mut asked = Command::new("swift");
    asked.args(["package", "compute-checksum"]).arg(archive).current_dir(folder().join("swift"));
    let answer = asked.stderr(Stdio::inherit()).output().map_err(|error| format!("swift cannot be run: {error}"))?;
    if !answer.status.success() {
        return Err(format!("swift package compute-checksum ended with {}", answer.status));
    }
    let checksum = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let kept = archive.with_extension("zip.checksum");
    fs::write(&kept, format!("{checksum}\n")).map_err(|error| format!("{}: {error}", kept.display()))?;
    Ok(checksum)
}

/// A static library: the app's own dSYM then has our symbols in it, and what the app does not call is left out. So lines
/// are kept here, and linking the app strips them. Without the bundled SQLite, since the app's Core Data uses the system's.
fn built(platform: &str) -> Result<PathBuf, String> {
    let mut build = cargo("build --package rehome-ffi --profile phone --no-default-features --target");
    build.arg(platform).env(FIRST_SYSTEM.0, FIRST_SYSTEM.1);
    build.env("CARGO_PROFILE_PHONE_DEBUG", "line-tables-only").env("CARGO_PROFILE_PHONE_STRIP", "none");
    run(&mut build).map_err(|why| format!("{why}; where the target is missing: rustup target add {platform}"))?;
    Ok(target().join(platform).join("phone/librehome_ffi.a"))
}

/// The headers in a folder of the module's name: Xcode copies the headers of all frameworks into one.
fn headers(out: &Path) -> Result<PathBuf, String> {
    let headers = out.join("headers");
    let module = headers.join("RehomeFFI");
    emptied(&module)?;
    run(Command::new("cp").arg("-R").arg(folder().join("swift/Sources/RehomeFFI/.")).arg(&module))?;
    Ok(headers)
}

fn ready(program: &str, words: &[&str]) -> bool {
    let status = Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
