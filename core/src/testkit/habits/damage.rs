//! What is done to rows on purpose.

use super::cell::Cell;
use super::completions::Completion;
use super::random::Random;
use crate::record::Reason;
use crate::record::hex::uuid_text;

/// Ways to damage a row, each as it was met in the wild or can come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Damage {
    /// An id of too few or too many bytes.
    UuidLength,
    /// An id as text where its 16 bytes belong.
    UuidText,
    /// An endless date.
    DateInfinite,
    /// A date beyond every calendar.
    DateAbsurd,
    /// A date as text.
    DateText,
    /// Text where a number belongs.
    TextInInt,
    /// A relation to a row that is not there.
    Dangling,
    /// Text that is not UTF-8.
    BadUtf8,
    /// More text than a document can hold. At most eight rows get it: they are large.
    Oversize,
    /// An id that an earlier row has.
    DuplicateId,
    /// Nothing where the model requires something.
    NullRequired,
    /// Bytes that are no archive, or half of one.
    BadArchive,
    /// JSON where an archive belongs.
    JsonForArchive,
    /// The number of an entity that does not exist.
    UnknownEntity,
    /// A habit whose icon's file is gone.
    MissingIcon,
}

const MOST_OVERSIZE: u64 = 8;
const OVERSIZE_EUROS: usize = 400_000;

impl Damage {
    /// Every kind.
    pub const ALL: [Damage; 15] = [
        Damage::UuidLength,
        Damage::UuidText,
        Damage::DateInfinite,
        Damage::DateAbsurd,
        Damage::DateText,
        Damage::TextInInt,
        Damage::Dangling,
        Damage::BadUtf8,
        Damage::Oversize,
        Damage::DuplicateId,
        Damage::NullRequired,
        Damage::BadArchive,
        Damage::JsonForArchive,
        Damage::UnknownEntity,
        Damage::MissingIcon,
    ];

    /// The word for it on a command line.
    pub fn word(self) -> &'static str {
        match self {
            Damage::UuidLength => "uuid_len",
            Damage::UuidText => "uuid_text",
            Damage::DateInfinite => "date_inf",
            Damage::DateAbsurd => "date_absurd",
            Damage::DateText => "date_text",
            Damage::TextInInt => "text_in_int",
            Damage::Dangling => "dangling",
            Damage::BadUtf8 => "bad_utf8",
            Damage::Oversize => "oversize",
            Damage::DuplicateId => "dup_id",
            Damage::NullRequired => "null_required",
            Damage::BadArchive => "bad_bplist",
            Damage::JsonForArchive => "bad_json",
            Damage::UnknownEntity => "bad_ent",
            Damage::MissingIcon => "missing_icon",
        }
    }

    /// The entity whose rows it befalls.
    pub fn entity(self) -> &'static str {
        if self == Damage::MissingIcon { "Habit" } else { "Completion" }
    }

    /// The reasons for which such a row may be set aside, on its way into a Firestore document.
    pub fn reasons(self) -> &'static [Reason] {
        match self {
            Damage::UuidLength => &[Reason::BadUuid],
            Damage::UuidText | Damage::DateText | Damage::TextInInt => &[Reason::WrongType],
            Damage::DateInfinite => &[Reason::BadDate],
            Damage::DateAbsurd => &[Reason::BadDate, Reason::OutOfRange],
            Damage::Dangling => &[Reason::Dangling],
            Damage::BadUtf8 => &[Reason::BadText],
            Damage::Oversize => &[Reason::TooLarge],
            Damage::DuplicateId => &[Reason::DuplicateId],
            Damage::NullRequired => &[Reason::MissingRequired],
            Damage::BadArchive | Damage::JsonForArchive => &[Reason::BadArchive],
            Damage::UnknownEntity => &[Reason::UnknownEntity],
            Damage::MissingIcon => &[Reason::MissingFile],
        }
    }
}

/// Damages completions as the options ask, and remembers which.
pub(super) struct Dice {
    kinds: Vec<Damage>,
    share: f64,
    random: Random,
    oversize: u64,
    /// The id of the last row that was left alone: the one to repeat.
    earlier_id: [u8; 16],
    pub(super) damaged: Vec<(i64, Damage)>,
}

impl Dice {
    pub(super) fn new(kinds: &[Damage], share: f64, seed: u64) -> Self {
        let kinds = kinds.iter().copied().filter(|kind| kind.entity() == "Completion").collect();
        // A sequence of its own, so that the rows left alone are those of the undamaged store.
        let random = Random::new(!seed);
        Self { kinds, share, random, oversize: 0, earlier_id: [0; 16], damaged: Vec::new() }
    }

    /// `first` is true of the first row, which nothing precedes and which is therefore left alone.
    pub(super) fn throw(&mut self, row: &mut Completion, first: bool) {
        let hit = !first && !self.kinds.is_empty() && self.random.fraction() < self.share;
        let kind = if hit { Some(self.random.pick(&self.kinds)) } else { None };
        match kind {
            Some(Damage::Oversize) if self.oversize == MOST_OVERSIZE => self.earlier_id = row.uuid,
            Some(kind) => {
                self.oversize += u64::from(kind == Damage::Oversize);
                self.apply(kind, row);
                self.damaged.push((row.pk, kind));
            }
            None => self.earlier_id = row.uuid,
        }
    }

    fn apply(&mut self, kind: Damage, row: &mut Completion) {
        match kind {
            Damage::UuidLength => {
                let length = self.random.pick(&[0, 1, 15, 17]);
                row.id = Cell::blob([&row.uuid[..], &[0]].concat()[..length].to_vec());
            }
            Damage::UuidText => row.id = Cell::Text(uuid_text(&row.uuid).into_bytes().into()),
            Damage::DateInfinite => row.completed_at = Cell::Real(self.random.pick(&[f64::INFINITY, -f64::INFINITY])),
            Damage::DateAbsurd => row.completed_at = Cell::Real(self.random.pick(&[1e300, -1e18, 6.3e16, 8e11])),
            Damage::DateText => row.completed_at = Cell::text(self.random.pick(&["2026-02-30T25:61:00Z", "soon", ""])),
            Damage::TextInInt => row.is_skipped = Cell::text(self.random.pick(&["no", "", "0x0", "零"])),
            Damage::Dangling => row.habit = 50_000_000 + row.pk,
            Damage::BadUtf8 => {
                let bytes: &[u8] =
                    self.random.pick(&[b"na\xefve", b"\xff\xfeh\x00", b"a\xed\xa0\x80", b"\xf0\x9f\x98"]);
                row.note = Cell::Text(bytes.to_vec().into());
            }
            Damage::Oversize => row.note = Cell::Text("€".repeat(OVERSIZE_EUROS).into_bytes().into()),
            Damage::DuplicateId => row.id = Cell::blob(self.earlier_id),
            Damage::NullRequired => match self.random.below(3) {
                0 => row.id = Cell::Null,
                1 => row.completed_at = Cell::Null,
                _ => row.day = Cell::Null,
            },
            Damage::BadArchive => {
                let bytes: &[u8] = self.random.pick(&[b"bplist00\xff\xff", b"", &[0; 64], b"bplist00\xd1\x01\x02"]);
                row.tags = Cell::blob(bytes);
            }
            Damage::JsonForArchive => row.tags = Cell::blob(*br#"["morning"]"#),
            Damage::UnknownEntity => row.entity = 999,
            Damage::MissingIcon => {}
        }
    }
}
