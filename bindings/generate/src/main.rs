//! `rehome-generate LIBRARY FOLDER` reads what a built library says of itself, and writes the sources with which Swift
//! and Kotlin call it into the places that they have below `bindings/`. A package of its own, so that no other has to
//! compile the generator.

use std::error::Error;
use std::process::ExitCode;

use uniffi::{GenerateOptions, SwiftBindingsOptions, TargetLanguage};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder] = &arguments[..] else {
        eprintln!("Usage: rehome-generate LIBRARY FOLDER");
        return ExitCode::from(2);
    };
    match generate(library, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{library}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(library: &str, folder: &str) -> Result<(), Box<dyn Error>> {
    let swift = |sources: bool, name: &str| SwiftBindingsOptions {
        generate_swift_sources: sources,
        generate_headers: !sources,
        generate_modulemap: !sources,
        source: library.into(),
        out_dir: format!("{folder}/swift/Sources/{name}").into(),
        xcframework: false,
        module_name: Some("RehomeFFI".to_owned()),
        modulemap_filename: Some("module.modulemap".to_owned()),
        metadata_no_deps: true,
        link_frameworks: Vec::new(),
        config: None,
    };
    uniffi::generate_swift_bindings(swift(true, "RehomeBindings"))?;
    uniffi::generate_swift_bindings(swift(false, "RehomeFFI"))?;
    uniffi::generate(GenerateOptions {
        languages: vec![TargetLanguage::Kotlin],
        source: library.into(),
        out_dir: format!("{folder}/kotlin/src/main/kotlin").into(),
        config_override: None,
        crate_filter: None,
        metadata_no_deps: true,
        format: false,
    })?;
    Ok(())
}
