//! Users and what each of them has once: profile, habits with their streaks and icons, the sum of XP.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use super::cell::Cell;
use super::damage::Damage;
use super::icon::png;
use super::random::Random;
use super::{DAY, NOW, Options, Truth, not_written};
use crate::error::{Error, ErrorKind, Result};
use crate::record::hex::uuid_text;
use crate::testkit::bplist::archive_strings;

const TITLES: [&str; 8] =
    ["Stretch", "Read a chapter", "Vocabulary 語彙", "Прогулка", "Cold shower 🚿", "Piano", "Écrire", "مشي"];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/Bogota", "Asia/Tokyo", "Africa/Nairobi"];
const FREQUENCIES: [&str; 3] = ["daily", "weekly", "custom"];
const WEEKDAYS: [&str; 3] = ["[0,1,2,3,4,5,6]", "[6]", "[1,3,5]"];
const REMINDERS: [&str; 3] =
    ["[]", r#"[{"hour":6,"minute":45}]"#, r#"[{"minute":30,"hour":20},{"hour":8,"minute":0}]"#];
const TAGS: [&[&str]; 4] = [&["health"], &["morning", "focus"], &["été", "日課"], &[]];
const INLINE_ICON: u8 = 8;
const FILED_ICON: u8 = 200;

pub(super) struct People<'a> {
    pub(super) connection: &'a Connection,
    /// Where icons lie that are too large for their row.
    pub(super) files: &'a Path,
    pub(super) options: &'a Options,
    pub(super) random: Random,
}

impl People<'_> {
    pub(super) fn write(mut self, truth: &mut Truth) -> Result<()> {
        for user in 1..=self.options.users as i64 {
            self.write_user(user).map_err(not_written)?;
            for place in 0..self.options.habits as i64 {
                let habit = (user - 1) * self.options.habits as i64 + place + 1;
                let icon = self.icon(habit, truth)?;
                self.write_habit(habit, user, place, icon).map_err(not_written)?;
            }
        }
        Ok(())
    }

    fn write_user(&mut self, user: i64) -> rusqlite::Result<()> {
        let name = (user % 5 != 0).then(|| format!("Person {user}"));
        let zone = self.random.pick(&ZONES);
        self.connection.execute(
            "INSERT INTO ZUSERPROFILE (Z_PK, Z_ENT, Z_OPT, ZID, ZDISPLAYNAME, ZTIMEZONE, ZISPRO, ZCREATEDAT, \
                 ZXPSTATE) VALUES (?1, 4, 1, ?2, ?3, ?4, ?5, ?6, ?1)",
            params![user, self.random.uuid(), name, zone, user % 3 == 1, NOW - 500.0 * DAY],
        )?;
        let points = 12 * self.options.completions / self.options.users.max(1);
        self.connection.execute(
            "INSERT INTO ZXPSTATE (Z_PK, Z_ENT, Z_OPT, ZID, ZTOTALPOINTS, ZLEVEL, ZUPDATEDAT, ZUSER) \
                 VALUES (?1, 6, 7, ?2, ?3, ?4, ?5, ?1)",
            params![user, self.random.uuid(), points as i64, 1 + user % 30, NOW - 0.25],
        )?;
        Ok(())
    }

    fn write_habit(&mut self, habit: i64, user: i64, place: i64, icon: Cell) -> rusqlite::Result<()> {
        let archived = place % 10 == 9;
        let schedule = place as usize % WEEKDAYS.len();
        let target = [None, Some(3.0), Some(0.1), Some(24.95)][place as usize % 4];
        let tags = (place % 3 != 1).then(|| archive_strings(TAGS[place as usize % TAGS.len()]));
        self.connection.execute(
            "INSERT INTO ZHABIT (Z_PK, Z_ENT, Z_OPT, ZID, ZTITLE, ZDETAILS, ZCOLORHEX, ZICONDATA, ZFREQUENCY, \
                 ZDAYSOFWEEK, ZREMINDERS, ZTIMESPERDAY, ZTARGETAMOUNT, ZLINK, ZTAGS, ZISARCHIVED, ZSORTINDEX, \
                 ZCREATEDAT, ZARCHIVEDAT, ZOWNER, ZSTREAK) VALUES (?1, 2, 2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
                 ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?1)",
            params![
                habit,
                self.random.uuid(),
                TITLES[place as usize % TITLES.len()],
                (place % 2 == 1).then_some("since the new year"),
                format!("#{:06X}", self.random.below(1 << 24)),
                icon,
                FREQUENCIES[schedule],
                WEEKDAYS[schedule].as_bytes(),
                REMINDERS[schedule].as_bytes(),
                1 + place % 4,
                target,
                (place % 4 == 0).then_some("https://example.com/why?habit=1#start"),
                tags,
                archived,
                place,
                NOW - 480.0 * DAY + place as f64,
                archived.then_some(NOW - 3.5 * DAY),
                user,
            ],
        )?;
        let current = self.random.below(90) as i64;
        self.connection.execute(
            "INSERT INTO ZSTREAK (Z_PK, Z_ENT, Z_OPT, ZID, ZCURRENT, ZLONGEST, ZFREEZES, ZLASTDAY, ZHABIT) \
                 VALUES (?1, 3, 4, ?2, ?3, ?4, ?5, ?6, ?1)",
            params![habit, self.random.uuid(), current, current + 11, place % 3, (NOW / DAY).floor() * DAY],
        )?;
        let users = self.options.users as i64;
        if users > 1 && place % 3 == 0 {
            let neighbour = user % users + 1;
            self.connection.execute("INSERT INTO Z_2BUDDIES VALUES (?1, ?2)", [habit, neighbour])?;
        }
        Ok(())
    }

    /// Every other habit has an icon: a small one in its row, or a larger one in a file of its own.
    fn icon(&mut self, habit: i64, truth: &mut Truth) -> Result<Cell> {
        const INLINE: u8 = 1;
        const IN_A_FILE: u8 = 2;
        let [red, green, blue, ..] = self.random.next().to_be_bytes();
        match habit % 4 {
            1 => Ok(Cell::blob([&[INLINE][..], &png(INLINE_ICON, [red, green, blue])].concat())),
            3 => {
                let name = uuid_text(&self.random.uuid());
                if self.options.damage.contains(&Damage::MissingIcon) && habit % 8 == 3 {
                    truth.damaged.push((habit, Damage::MissingIcon));
                } else {
                    self.write_icon(&name, &png(FILED_ICON, [red, green, blue]))?;
                }
                Ok(Cell::blob([&[IN_A_FILE][..], name.as_bytes(), &[0]].concat()))
            }
            _ => Ok(Cell::Null),
        }
    }

    fn write_icon(&self, name: &str, bytes: &[u8]) -> Result<()> {
        fs::create_dir_all(self.files).and_then(|()| fs::write(self.files.join(name), bytes)).map_err(|cause| {
            let message = format!("an icon could not be written to {}", self.files.display());
            Error::new(ErrorKind::Io, message).because(cause)
        })
    }
}
