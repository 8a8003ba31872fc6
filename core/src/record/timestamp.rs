//! Time as all stores can mean it, and how Apple's systems count it.

use std::fmt;
use std::time::Duration;

/// Seconds from 1970 to 2001, where Apple's reference date lies.
const MAC_EPOCH: f64 = 978_307_200.0;
const DAY: i64 = 86_400;
/// Far beyond any calendar in use, and small enough that sums of two never overflow.
const FARTHEST: i64 = 1 << 60;

/// A moment in time: seconds since 1970 in UTC, and nanoseconds that always count forwards.
///
/// The debug form shows no more than that it is one: values of users' records stay out of logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

impl Timestamp {
    /// From Unix seconds and nanoseconds; `None` where nanos are a second or more.
    pub fn new(seconds: i64, nanos: u32) -> Option<Self> {
        (nanos < 1_000_000_000 && seconds.unsigned_abs() < FARTHEST.unsigned_abs()).then_some(Self { seconds, nanos })
    }

    /// From seconds since 2001, as Core Data keeps them; `None` where that is no moment in time.
    ///
    /// ```
    /// use rehome_core::record::Timestamp;
    /// assert_eq!(Timestamp::from_mac(0.5).unwrap().to_string(), "2001-01-01T00:00:00.5Z");
    /// assert_eq!(Timestamp::from_mac(f64::INFINITY), None);
    /// ```
    #[inline]
    pub fn from_mac(seconds: f64) -> Option<Self> {
        Self::from_seconds(seconds, MAC_EPOCH as i64)
    }

    /// From Unix seconds with a fraction.
    pub fn from_unix(seconds: f64) -> Option<Self> {
        Self::from_seconds(seconds, 0)
    }

    /// From Unix milliseconds.
    pub fn from_millis(millis: i64) -> Self {
        Self { seconds: millis.div_euclid(1000), nanos: (millis.rem_euclid(1000) * 1_000_000) as u32 }
    }

    #[inline]
    fn from_seconds(seconds: f64, epoch: i64) -> Option<Self> {
        if !seconds.is_finite() || seconds.abs() >= FARTHEST as f64 {
            return None;
        }
        // Whole seconds downwards and nanoseconds to the nearest, without the library calls that `floor` and `round`
        // are on some processors: stores have dates in every row.
        let towards_zero = seconds as i64;
        let whole = towards_zero - i64::from(towards_zero as f64 > seconds);
        let nanos = ((seconds - whole as f64) * 1e9 + 0.5) as u32;
        let carry = i64::from(nanos >= 1_000_000_000);
        Self::new(whole + epoch + carry, nanos % 1_000_000_000)
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after the whole second.
    pub fn nanos(self) -> u32 {
        self.nanos
    }

    /// The same moment cut to a multiple of `nanos` nanoseconds.
    #[inline]
    pub fn cut_to(self, nanos: u32) -> Self {
        Self { seconds: self.seconds, nanos: self.nanos - self.nanos % nanos.max(1) }
    }

    /// How long after an earlier moment this one is; nothing where that is the later one, as after a clock was set back.
    pub fn since(self, earlier: Self) -> Duration {
        if self <= earlier {
            return Duration::ZERO;
        }
        let borrow = u32::from(self.nanos < earlier.nanos);
        let nanos = self.nanos + borrow * 1_000_000_000 - earlier.nanos;
        let seconds = self.seconds - earlier.seconds - i64::from(borrow);
        Duration::new(seconds.unsigned_abs(), nanos)
    }

    /// The calendar's day alone, as `2024-01-31`.
    pub fn date(self) -> String {
        let (year, month, day) = civil(self.seconds.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// From text as RFC 3339 has it: `2024-01-31T12:00:00Z`, with a fraction, an offset, a space for the `T`,
    /// or a date alone; without an offset it is UTC.
    ///
    /// ```
    /// use rehome_core::record::Timestamp;
    /// let noon = Timestamp::parse("2024-01-31T13:00:00+01:00").unwrap();
    /// assert_eq!(noon.to_string(), "2024-01-31T12:00:00Z");
    /// assert_eq!(Timestamp::parse("2026-02-30"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let days = parse_date(date)?;
        let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
            return if rest.is_empty() { Self::new(days * DAY, 0) } else { None };
        };
        let (clock, offset) = split_offset(rest)?;
        let (seconds, nanos) = parse_clock(clock)?;
        Self::new(days * DAY + seconds - offset, nanos)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("timestamp")
    }
}

/// RFC 3339 in UTC, with as many digits of a fraction as there are.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = self.seconds.rem_euclid(DAY);
        write!(out, "{}T{:02}:{:02}:{:02}", self.date(), clock / 3600, clock / 60 % 60, clock % 60)?;
        if self.nanos > 0 {
            let digits = format!("{:09}", self.nanos);
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        out.write_str("Z")
    }
}

/// Year, month and day of a day counted from 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * month_index + 2) / 5 + 1)
}

/// The inverse of [`civil`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = (month + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn parse_date(text: &str) -> Option<i64> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    let days = days_from_civil(year, month, day);
    // A date that does not come back as it went in does not exist.
    (civil(days) == (year, month, day)).then_some(days)
}

fn parse_clock(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 {
        return None;
    }
    let nanos = digits(fraction, fraction.len())? * 10_i64.pow(9 - fraction.len() as u32);
    Some((hour * 3600 + minute * 60 + second, u32::try_from(nanos).ok()?))
}

/// The clock and the seconds that its offset is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let plain = offset[1..].replace(':', "");
    let (hours, minutes) = plain.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { digits(minutes, 2)? };
    Some((clock, sign * (digits(hours, 2)? * 3600 + minutes * 60)))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let right = !text.is_empty() && text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distant_past_and_future_of_foundation_are_moments() {
        assert_eq!(Timestamp::from_mac(63_113_904_000.0).unwrap().to_string(), "4001-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_mac(-63_114_076_800.0).unwrap().to_string(), "0000-12-30T00:00:00Z");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for bad in ["2026-02-30T25:61:00Z", "NaN", "", "2026-13-01", "2026-01-01T24:00:00Z", "2026-01-01x", "日本"] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
        assert_eq!(Timestamp::from_mac(1e300), None);
        assert_eq!(Timestamp::new(i64::MIN, 0), None);
        assert_eq!(Timestamp::from_mac(f64::NAN), None);
    }

    #[test]
    fn the_time_between_two_moments_counts_forwards_alone() {
        let moment = |seconds, nanos| Timestamp::new(seconds, nanos).unwrap();
        assert_eq!(moment(2, 100).since(moment(-1, 999_999_900)), Duration::new(2, 200));
        assert_eq!(moment(2, 100).since(moment(2, 0)), Duration::from_nanos(100));
        assert_eq!(moment(2, 100).since(moment(2, 101)), Duration::ZERO);
    }

    proptest::proptest! {
        #[test]
        fn every_moment_of_our_calendar_comes_back_from_its_text(
            seconds in -62_167_219_200_i64..253_402_300_800,
            nanos in 0_u32..1_000_000_000,
        ) {
            let moment = Timestamp::new(seconds, nanos).unwrap();
            proptest::prop_assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        }
    }
}
