//! What the tests use and the checkout does not bring: stores of other people's apps, and another generator of stores.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::steps::{Done, workspace};

const FOLDER: &str = "REHOME_SHARED";

/// Says what of it is there. It need not be there, unless somebody named its folder; its tools need Python.
pub(crate) fn tell() -> Done {
    let named = env::var_os(FOLDER).map(PathBuf::from);
    let folder = named.clone().unwrap_or_else(|| workspace().join("../shared"));
    let (samples, tools) = (folder.join("samples/manifest.json").is_file(), folder.join("tools").is_dir());
    let python = Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let python = python.is_ok_and(|status| status.success());
    let word = |found| if found { "found" } else { "not found" };
    println!("sample stores in {}: {}", folder.display(), word(samples));
    println!("the other generator there: {}, and python3 to run it: {}", word(tools), word(python));
    if named.is_some() && !samples {
        return Err(format!("{FOLDER} names {}, and there are no sample stores", folder.display()));
    }
    if tools && !python {
        return Err(format!("the generator in {} needs python3; install it", folder.display()));
    }
    if !samples {
        println!("The tests that read them will pass without having done so.");
    }
    Ok(())
}
