//! Completions and the XP that some of them earned: written one by one, so that millions cost no memory.

use rusqlite::{Connection, Statement, params};

use super::cell::Cell;
use super::damage::Dice;
use super::random::Random;
use super::{DAY, NOW, Options};
use crate::testkit::bplist::archive_strings;

const NOTES: [Option<&str>; 6] = [
    None,
    None,
    Some("easy today"),
    Some("늦게 했다"),
    Some("with Ana ☀️ in the park"),
    Some("0123456789 ten times over"),
];
const MOODS: [Option<&str>; 5] = [None, Some("great"), Some("good"), Some("meh"), Some("bad")];
const TAGS: [&[&str]; 5] = [&[], &["home"], &["gym", "evening"], &["häuslich", "日本"], &["a", "b", "c", "d", "e"]];
const KINDS: [&str; 3] = ["completion", "bonus", "streak"];
/// One completion in so many earns XP.
const EARNS: i64 = 4;

/// A completion on its way into its row, damaged or not.
pub(super) struct Completion {
    pub(super) pk: i64,
    pub(super) entity: i64,
    pub(super) uuid: [u8; 16],
    pub(super) id: Cell,
    pub(super) completed_at: Cell,
    pub(super) day: Cell,
    pub(super) is_skipped: Cell,
    pub(super) note: Cell,
    pub(super) tags: Cell,
    pub(super) habit: i64,
}

pub(super) struct Completions<'a> {
    options: &'a Options,
    pub(super) dice: Dice,
    random: Random,
    tags: Vec<Vec<u8>>,
    pub(super) events: i64,
}

impl<'a> Completions<'a> {
    pub(super) fn new(options: &'a Options, random: Random) -> Self {
        let dice = Dice::new(&options.damage, options.damaged_share, options.seed);
        Self { options, dice, random, tags: TAGS.iter().map(|tags| archive_strings(tags)).collect(), events: 0 }
    }

    /// Writes those with these primary keys, which must follow those of the call before.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        pks: std::ops::RangeInclusive<i64>,
    ) -> rusqlite::Result<()> {
        let mut completion = connection.prepare(
            "INSERT INTO ZCOMPLETION (Z_PK, Z_ENT, Z_OPT, ZID, ZCOMPLETEDAT, ZDAY, ZAMOUNT, ZISSKIPPED, ZNOTE, ZMOOD, \
             ZTAGS, ZCREATEDAT, ZUPDATEDAT, ZHABIT, ZXPEVENT) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        let mut event = connection.prepare(
            "INSERT INTO ZXPEVENT (Z_PK, Z_ENT, Z_OPT, ZID, ZKIND, ZPOINTS, ZOCCURREDAT, ZREASON, ZMETADATA, \
             ZCOMPLETION, ZSTATE) VALUES (?1, 5, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for pk in pks {
            self.write_one(pk, &mut completion, &mut event)?;
        }
        Ok(())
    }

    fn write_one(
        &mut self,
        pk: i64,
        completion: &mut Statement<'_>,
        event: &mut Statement<'_>,
    ) -> rusqlite::Result<()> {
        let at = self.moment(pk);
        let mut row = self.completion(pk, at);
        let owner = (row.habit - 1) / self.options.habits.max(1) as i64 + 1;
        let earned = (pk % EARNS == 0).then(|| {
            self.events += 1;
            self.events
        });
        self.dice.throw(&mut row, pk == 1);
        completion.execute(params![
            row.pk,
            row.entity,
            1 + pk % 3,
            row.id,
            row.completed_at,
            row.day,
            (pk % 3 == 0).then_some((pk % 50) as f64 / 8.0),
            row.is_skipped,
            row.note,
            MOODS[pk as usize % MOODS.len()],
            row.tags,
            at + 0.125,
            (pk % 5 == 0).then_some(at + 90.0),
            row.habit,
            earned,
        ])?;
        if let Some(earned) = earned {
            event.execute(params![
                earned,
                self.random.uuid(),
                KINDS[earned as usize % KINDS.len()],
                5 + earned % 20,
                at + 0.5,
                (earned % 2 == 0).then_some("on time"),
                (earned % 3 == 0).then_some(&br#"{"source":"app","version":2}"#[..]),
                pk,
                owner,
            ])?;
        }
        Ok(())
    }

    fn completion(&mut self, pk: i64, at: f64) -> Completion {
        let uuid = self.random.uuid();
        let habits = self.options.users * self.options.habits;
        let tags = (pk % 4 == 1).then(|| self.random.pick(&[0, 1, 2, 3, 4]));
        Completion {
            pk,
            entity: 1,
            uuid,
            id: Cell::blob(uuid),
            completed_at: Cell::Real(at),
            day: Cell::Real((at / DAY).floor() * DAY),
            is_skipped: Cell::Int(i64::from(pk % 19 == 0)),
            note: Cell::optional(NOTES[pk as usize % NOTES.len()], Cell::text),
            tags: Cell::optional(tags, |index: usize| Cell::blob(self.tags[index].as_slice())),
            habit: 1 + self.random.below(habits) as i64,
        }
    }

    /// Spread over a year that ends now.
    fn moment(&mut self, pk: i64) -> f64 {
        let share = pk as f64 / self.options.completions.max(1) as f64;
        NOW - 365.0 * DAY * (1.0 - share) - self.random.fraction()
    }
}
