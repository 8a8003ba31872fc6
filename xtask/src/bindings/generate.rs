//! The sources that are generated from the library, and whether those in the repository are what it says now.

use std::fs;
use std::path::{Path, PathBuf};

use super::{GENERATED, files_in, folder, library};
use crate::cached::emptied;
use crate::steps::{Done, cargo, run, target};

/// Builds the library and writes its sources anew.
pub(crate) fn generate() -> Done {
    let library = library()?;
    for generated in GENERATED {
        emptied(&folder().join(generated))?;
    }
    write(&library, &folder())?;
    println!("written: bindings/{{{}}}", GENERATED.join(","));
    Ok(())
}

/// Fails where the sources in the repository are others than those of the library as it is.
pub(crate) fn check() -> Done {
    let fresh = target().join("generated");
    emptied(&fresh)?;
    write(&library()?, &fresh)?;
    for generated in GENERATED {
        let (ours, theirs) = (folder().join(generated), fresh.join(generated));
        let names = |folder: &Path| -> Result<Vec<PathBuf>, String> {
            let inside = |path: &PathBuf| path.strip_prefix(folder).map(Path::to_owned).unwrap_or_default();
            Ok(files_in(folder)?.iter().map(inside).collect())
        };
        for name in names(&ours)?.into_iter().chain(names(&theirs)?) {
            if fs::read(ours.join(&name)).ok() != fs::read(theirs.join(&name)).ok() {
                let file = Path::new("bindings").join(generated).join(name);
                return Err(format!(
                    "{} is not what the library says now; run cargo xtask bindings generate, and commit what it writes",
                    file.display()
                ));
            }
        }
    }
    Ok(())
}

fn write(library: &Path, folder: &Path) -> Done {
    run(cargo("run --quiet --package rehome-generate --").arg(library).arg(folder))
}
