//! The measurements that the README quotes.

use std::path::PathBuf;
use std::{env, fs};

use crate::steps::{Done, Steps, cache, cargo, workspace};

pub(crate) fn run() -> Done {
    let cache = cache()?;
    let mut steps = Steps::of("bench");
    let whole_way = "bench --quiet --package rehome-tests --bench whole_way";
    steps.run("the whole way", cargo(whole_way).env("REHOME_CACHE", cache));
    let phone = "build --quiet --package rehome-phone-library --profile phone";
    steps.run("what a phone links", &mut cargo(phone));
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    let library = target.join("phone/libphone_library.so");
    match fs::metadata(&library) {
        Ok(file) => println!("core and its own SQLite, stripped: {:.2} MB", file.len() as f64 / 1e6),
        Err(error) => steps.fail("what a phone links", &format!("{}: {error}", library.display())),
    }
    steps.finish()
}
