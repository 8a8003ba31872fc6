//! Finding what comes twice among more things than fit in memory, or is said in several places of one thing, by way
//! of files. It knows nothing but errors.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Enough that a hundred million marks sort within 32 MB, few enough for a system that allows 256 open files.
const BUCKETS: usize = 64;
/// How many marks a bucket keeps in memory before it writes them out.
const KEPT: usize = 512;
const MARK_BYTES: usize = size_of::<u128>();

/// The last bits of a mark that may say something of a thing; the others are enough to tell things apart.
const TAG_BITS: u32 = u32::BITS;

/// A hash that stands for a thing. Two things never share one in practice: 128 bits, keyed anew in each run, so that
/// no store can be made to collide on purpose.
pub(crate) type Mark = u128;

/// What was said of a thing when it was marked.
pub(crate) fn tag_of(mark: Mark) -> u32 {
    mark as u32
}

/// The same thing, of which something else is said.
pub(crate) fn with_tag(mark: Mark, tag: u32) -> Mark {
    mark >> TAG_BITS << TAG_BITS | Mark::from(tag)
}

/// Makes marks; only those of one marker can be compared.
#[derive(Default)]
pub(crate) struct Marker {
    high: RandomState,
    low: RandomState,
}

impl Marker {
    pub(crate) fn mark(&self, thing: impl Hash) -> Mark {
        u128::from(self.high.hash_one(&thing)) << 64 | u128::from(self.low.hash_one(&thing))
    }
}

/// Finds the marks that come more than once among any number of them, in little memory: it deals them out into files
/// by their first bits, and then sorts one file at a time. A small store never touches the disk.
pub(crate) struct Spool {
    folder: PathBuf,
    name: &'static str,
    buckets: Vec<Bucket>,
}

/// Marks that were added more than once.
#[derive(Default)]
pub(crate) struct Repeated {
    pub(crate) marks: HashSet<Mark>,
    /// How often any of them was added after its first time.
    pub(crate) surplus: u64,
}

#[derive(Default)]
struct Bucket {
    kept: Vec<Mark>,
    file: Option<File>,
}

impl Spool {
    /// A spool whose files go into an existing folder under names of their own, and are gone when it is.
    pub(crate) fn new(folder: &Path, name: &'static str) -> Self {
        let buckets = std::iter::repeat_with(Bucket::default).take(BUCKETS).collect();
        Self { folder: folder.to_owned(), name, buckets }
    }

    pub(crate) fn add(&mut self, mark: Mark) -> Result<()> {
        let index = (mark >> 64) as usize % BUCKETS;
        let bucket = &mut self.buckets[index];
        bucket.kept.push(mark);
        if bucket.kept.len() < KEPT {
            return Ok(());
        }
        let path = file(&self.folder, self.name, index);
        bucket.spill(&path).map_err(|error| failed(&path, error))
    }

    /// What was added more than once.
    pub(crate) fn repeated(self) -> Result<Repeated> {
        let mut repeated = Repeated::default();
        self.each_bucket(|marks| {
            for pair in marks.windows(2).filter(|pair| pair[0] == pair[1]) {
                repeated.marks.insert(pair[0]);
                repeated.surplus += 1;
            }
        })?;
        Ok(repeated)
    }

    /// How many marks were added just once.
    pub(crate) fn alone(self) -> Result<u64> {
        let mut count = 0;
        self.each_bucket(|marks| count += marks.chunk_by(Mark::eq).filter(|same| same.len() == 1).count() as u64)?;
        Ok(count)
    }

    /// Gives each mark once, however often it was added.
    pub(crate) fn each_once(self, mut each: impl FnMut(Mark)) -> Result<()> {
        self.each_bucket(|marks| marks.chunk_by(Mark::eq).for_each(|same| each(same[0])))
    }

    /// Gives all marks of one thing together, whatever they say of it, in the order of what they say.
    pub(crate) fn each_thing(self, mut each: impl FnMut(&[Mark])) -> Result<()> {
        let same = |one: &Mark, other: &Mark| one >> TAG_BITS == other >> TAG_BITS;
        self.each_bucket(|marks| marks.chunk_by(same).for_each(&mut each))
    }

    /// The marks of one bucket after the other, sorted.
    fn each_bucket(mut self, mut each: impl FnMut(&[Mark])) -> Result<()> {
        for (index, bucket) in self.buckets.iter_mut().enumerate() {
            let path = file(&self.folder, self.name, index);
            let mut marks = bucket.take_all().map_err(|error| failed(&path, error))?;
            marks.sort_unstable();
            each(&marks);
        }
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        for (index, bucket) in self.buckets.iter_mut().enumerate() {
            if bucket.file.take().is_some() {
                // What cannot be removed now goes with the folder.
                drop(fs::remove_file(file(&self.folder, self.name, index)));
            }
        }
    }
}

impl Bucket {
    fn spill(&mut self, path: &Path) -> io::Result<()> {
        let bytes: Vec<u8> = self.kept.drain(..).flat_map(Mark::to_ne_bytes).collect();
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::options().read(true).write(true).create_new(true).open(path)?),
        };
        file.write_all(&bytes)
    }

    fn take_all(&mut self) -> io::Result<Vec<Mark>> {
        let mut marks = std::mem::take(&mut self.kept);
        if let Some(file) = &mut self.file {
            let spilled = file.seek(SeekFrom::End(0))? as usize / MARK_BYTES;
            file.seek(SeekFrom::Start(0))?;
            marks.reserve_exact(spilled);
            let mut reader = BufReader::new(file);
            let mut bytes = [0; MARK_BYTES];
            for _ in 0..spilled {
                reader.read_exact(&mut bytes)?;
                marks.push(Mark::from_ne_bytes(bytes));
            }
        }
        Ok(marks)
    }
}

fn file(folder: &Path, name: &str, bucket: usize) -> PathBuf {
    folder.join(format!("{name}-{bucket}"))
}

fn failed(path: &Path, error: io::Error) -> Error {
    let message = format!(
        "{} could not be written or read: {error}. Make room on that disk, or set TMPDIR to a folder on another one",
        path.display()
    );
    Error::new(ErrorKind::Io, message).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated_of(marks: impl IntoIterator<Item = Mark>) -> HashSet<Mark> {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path(), "marks");
        marks.into_iter().for_each(|mark| spool.add(mark).unwrap());
        let repeated = spool.repeated().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        repeated.marks
    }

    #[test]
    fn a_mark_in_memory_and_its_twin_on_disk_are_found() {
        let marker = Marker::default();
        let many = BUCKETS as u64 * KEPT as u64 * 3;
        let marks = (0..many).chain([0, 7, many - 1]).map(|number| marker.mark(number));
        let expected = [0, 7, many - 1].map(|number| marker.mark(number)).into();
        assert_eq!(repeated_of(marks), expected);
    }

    #[test]
    fn things_of_different_kinds_have_different_marks() {
        let marker = Marker::default();
        assert_ne!(marker.mark("1"), marker.mark(1_i64));
        assert_eq!(marker.mark("1"), marker.mark(String::from("1")));
    }

    #[test]
    fn each_mark_is_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let (marker, mut spool) = (Marker::default(), Spool::new(folder.path(), "marks"));
        let many = BUCKETS as u64 * KEPT as u64 * 2;
        (0..many).chain(0..many / 2).for_each(|number| spool.add(marker.mark(number)).unwrap());
        let mut count = 0;
        spool.each_once(|_| count += 1).unwrap();
        assert_eq!(count, many);
    }

    proptest::proptest! {
        #[test]
        fn what_is_repeated_is_what_a_count_says(marks in proptest::collection::vec(0_u128..50, 0..200)) {
            let count = |mark| marks.iter().filter(|&&other| other == mark).count();
            let expected: HashSet<Mark> = marks.iter().copied().filter(|&mark| count(mark) > 1).collect();
            let spread = |mark: Mark| mark << 64;
            let expected: HashSet<Mark> = expected.into_iter().map(spread).collect();
            proptest::prop_assert_eq!(repeated_of(marks.iter().copied().map(spread)), expected);
        }
    }
}
