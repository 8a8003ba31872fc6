//! Swift: the one that is installed, or Debian's, in a private root that is entered without being root.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cached::installed;
use crate::debian::{Apt, unpack};
use crate::steps::{Done, target, workspace};

/// The first release of Debian that has Swift.
const RELEASE: &str = "trixie";

/// The compiler, and what it needs to compile and link against. Debian keeps one build of each for the time of a release,
/// security updates apart.
const PACKAGES: [&str; 6] = ["swiftlang=6.0.3*", "libc6-dev", "libstdc++-14-dev", "bash", "coreutils", "tzdata"];

/// What is large and serves debuggers, editors, other systems, or linking without shared libraries.
const WITHOUT: [&str; 22] = [
    "./usr/share/doc/*",
    "./usr/share/info/*",
    "./usr/share/locale/*",
    "./usr/share/man/*",
    "./usr/libexec/gcc/*/cc1",
    "./usr/libexec/gcc/*/lto1",
    "./usr/bin/*-lto-dump-*",
    "./usr/lib/*/lib?san.so*",
    "./usr/lib/*/libhwasan.so*",
    "./usr/lib/gcc/*san*.a",
    "./usr/lib/*/libpython3*",
    "./usr/lib/python3*",
    "./usr/libexec/swift/bin/*lldb*",
    "./usr/libexec/swift/bin/clangd",
    "./usr/libexec/swift/bin/docc",
    "./usr/libexec/swift/bin/sourcekit-lsp",
    "./usr/libexec/swift/lib/liblldb.so*",
    "./usr/libexec/swift/lib/libLTO.so*",
    "./usr/libexec/swift/lib/libsourcekitdInProc.so*",
    "./usr/libexec/swift/lib/swift/FrameworkABIBaseline",
    "./usr/libexec/swift/lib/swift/embedded",
    "./usr/libexec/swift/lib/swift_static",
];

pub(crate) enum Swift {
    /// Where a shell finds it, as with Xcode.
    Installed,
    /// In this root.
    Fetched(PathBuf),
}

impl Swift {
    pub(crate) fn find_or_fetch() -> Result<Self, String> {
        let version = Command::new("swift").arg("--version").stderr(Stdio::null()).output();
        if version.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("Swift version 6.")) {
            return Ok(Self::Installed);
        }
        let otherwise =
            |why| format!("Swift 6 is neither installed nor can it be fetched from Debian ({why}); install it");
        may_have_a_root().map_err(otherwise)?;
        let wanted = format!("{RELEASE} {PACKAGES:?} {WITHOUT:?}");
        installed("swift", wanted.as_bytes(), fetch).map(Self::Fetched).map_err(otherwise)
    }

    /// A command of Swift's in a folder of ours. Of the environment it sees these variables.
    pub(crate) fn command(&self, folder: &Path, words: &str, variables: &[(String, OsString)]) -> Command {
        let words = words.split_whitespace();
        let Self::Fetched(root) = self else {
            let mut command = Command::new("swift");
            command.current_dir(folder).args(words).envs(variables.iter().cloned());
            return command;
        };
        let mut command = unshare();
        command.arg("sh").arg(workspace().join("xtask/src/swift/enter.sh")).arg(root);
        // What tests leave for one another, or a server for its clients, is at the same place on both sides.
        command.args([std::env::temp_dir(), workspace(), target()]).arg("--").arg(folder);
        for (name, value) in variables {
            let mut variable = OsString::from(name);
            variable.push("=");
            variable.push(value);
            command.arg(variable);
        }
        command.arg("swift").args(words);
        command
    }
}

/// Users, mounts and processes apart from those outside; the network is the same.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--propagation",
        "private",
    ]);
    command
}

fn may_have_a_root() -> Done {
    let tried = unshare().args(["--mount-proc", "true"]).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    match tried {
        Ok(tried) if tried.status.success() => Ok(()),
        Ok(tried) => Err(format!(
            "user namespaces, which its root is entered through, are not allowed here: {}; allow them with sysctl \
             kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0, in a container \
             with its --privileged",
            String::from_utf8_lossy(&tried.stderr).trim()
        )),
        Err(error) => Err(format!("unshare, of the package util-linux, cannot be run: {error}")),
    }
}

fn fetch(root: &Path) -> Done {
    println!("\n== Swift is not installed: fetching Debian's (0.5 GB) and unpacking it (1.1 GB) into the cache");
    let apt = root.join("apt");
    let packages = Apt::of_release(&apt, RELEASE)?.fetch_whole(&PACKAGES)?;
    let named = |error: std::io::Error| format!("{} cannot be filled: {error}", root.display());
    // Debian's packages leave these to the one that sets up a system.
    for name in ["bin", "sbin", "lib", "lib64"] {
        fs::create_dir_all(root.join("usr").join(name)).map_err(named)?;
        symlink(format!("usr/{name}"), root.join(name)).map_err(named)?;
    }
    let mut versions = String::new();
    for package in &packages {
        unpack(package, root, &WITHOUT)?;
        versions += &format!("{}\n", package.file_stem().unwrap_or_default().to_string_lossy());
        fs::remove_file(package).map_err(named)?;
    }
    fs::remove_dir_all(apt).map_err(named)?;
    for name in ["dev", "etc", "home", "proc"] {
        fs::create_dir_all(root.join(name)).map_err(named)?;
    }
    for (file, text) in [
        ("etc/hosts", "127.0.0.1 localhost\n"),
        ("etc/passwd", "root:x:0:0:root:/home:/bin/sh\n"),
        ("versions", versions.as_str()),
    ] {
        fs::write(root.join(file), text).map_err(named)?;
    }
    let _ = symlink("bash", root.join("usr/bin/sh"));
    for line in versions.lines().filter(|line| line.contains("swiftlang_") || line.starts_with("libc6-dev_")) {
        println!("{line}");
    }
    println!("and what they need, {} packages in all; the file `versions` in their root names them", packages.len());
    Ok(())
}
