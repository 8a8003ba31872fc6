//! Decimals as they are written down, for amounts that a double would round.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// More digits than any store keeps; a longer text is an attack, not a number.
const MOST_DIGITS: usize = 20_000;
/// The exponents of PostgreSQL's numeric, the widest of the stores, fit in here.
const FARTHEST_EXPONENT: i32 = 1_000_000;

/// An exact decimal of any length: digits without zeros at either end, and a power of ten.
///
/// ```
/// use rehome_core::record::Decimal;
/// let price: Decimal = "0019.990".parse().unwrap();
/// assert_eq!(price.to_string(), "19.99");
/// assert_eq!(price, "1999e-2".parse().unwrap());
/// ```
///
/// The debug form shows how many digits there are: values of users' records stay out of logs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Empty for zero.
    digits: Box<str>,
    exponent: i32,
}

/// The text is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADecimal;

impl fmt::Display for NotADecimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a decimal number")
    }
}

impl std::error::Error for NotADecimal {}

impl Decimal {
    /// The shortest decimal that stands for this double: what a person would write. `None` for what is no number.
    pub fn from_double(number: f64) -> Option<Self> {
        if number.is_finite() { format!("{number:e}").parse().ok() } else { None }
    }

    /// The nearest double.
    pub fn to_double(&self) -> f64 {
        // The text is a number by construction.
        format!("{}{}e{}", self.sign(), self.mantissa(), self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// The whole number it is, if it is one and fits.
    pub fn to_int(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent > 18 {
            return None;
        }
        let zeros = "0".repeat(self.exponent as usize);
        format!("{}{}{zeros}", self.sign(), self.mantissa()).parse().ok()
    }

    /// This number times a power of ten.
    #[must_use]
    pub(crate) fn scaled(&self, power: i32) -> Self {
        if self.digits.is_empty() {
            return self.clone();
        }
        Self { exponent: self.exponent.saturating_add(power), ..self.clone() }
    }

    /// Whether it is negative, its digits without zeros at either end, and its power of ten.
    pub(super) fn parts(&self) -> (bool, &str, i32) {
        (self.negative, &self.digits, self.exponent)
    }

    /// The decimal that these are the [`parts`](Self::parts) of; `None` where they are of none.
    pub(super) fn from_parts(negative: bool, digits: &str, exponent: i32) -> Option<Self> {
        let is_number = digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_near = exponent.checked_add(MOST_DIGITS as i32).is_some();
        let decimal = Self { negative, digits: digits.into(), exponent };
        (is_number && is_near && normal(negative, digits, exponent) == decimal).then_some(decimal)
    }

    /// Where the point stands before the first digit: the power of ten of the magnitude.
    fn point(&self) -> i64 {
        self.digits.len() as i64 + i64::from(self.exponent)
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    fn mantissa(&self) -> &str {
        if self.digits.is_empty() { "0" } else { &self.digits }
    }
}

/// By size, as numbers are.
impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let signum = |number: &Self| if number.digits.is_empty() { 0 } else { 1 - 2 * i8::from(number.negative) };
        signum(self).cmp(&signum(other)).then_with(|| {
            // Without zeros at either end, digits of one magnitude compare as text does.
            let order = self.point().cmp(&other.point()).then_with(|| self.digits.cmp(&other.digits));
            if self.negative { order.reverse() } else { order }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        normal(number < 0, &number.unsigned_abs().to_string(), 0)
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| NotADecimal)?),
            None => (text, 0),
        };
        let negative = number.starts_with('-');
        let number = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction}");
        let sane = !digits.is_empty() && digits.len() <= MOST_DIGITS && exponent.abs() <= FARTHEST_EXPONENT;
        if !sane || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotADecimal);
        }
        Ok(normal(negative, &digits, exponent - fraction.len() as i32))
    }
}

fn normal(negative: bool, digits: &str, exponent: i32) -> Decimal {
    let significant = digits.trim_end_matches('0');
    let exponent = exponent + (digits.len() - significant.len()) as i32;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Decimal { negative: false, digits: "".into(), exponent: 0 };
    }
    Decimal { negative, digits: significant.into(), exponent }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "decimal({})", self.mantissa().len())
    }
}

/// Plain notation where it is short, scientific where zeros would fill it.
impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa();
        let point = digits.len() as i32 + self.exponent;
        out.write_str(self.sign())?;
        if !(-6..=40).contains(&point) {
            return write!(out, "{digits}e{}", self.exponent);
        }
        if self.exponent >= 0 {
            return write!(out, "{digits}{}", "0".repeat(self.exponent as usize));
        }
        match usize::try_from(point) {
            Ok(point) if point > 0 => write!(out, "{}.{}", &digits[..point], &digits[point..]),
            _ => write!(out, "0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "-", ".", "1.2.3", "1e", "NaN", "inf", "0x1", "1e99999999", "٣"] {
            assert_eq!(bad.parse::<Decimal>(), Err(NotADecimal), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_decimal_comes_back_from_its_text(negative: bool, digits in "[0-9]{1,45}", exponent in -60_i32..60) {
            let decimal = normal(negative, &digits, exponent);
            proptest::prop_assert_eq!(decimal.to_string().parse(), Ok(decimal));
        }

        #[test]
        fn decimals_have_the_order_of_numbers(left in -3000_i64..3000, right in -3000_i64..3000, power in -4_i32..4) {
            let (left_one, right_one) = (Decimal::from(left).scaled(power), Decimal::from(right).scaled(power));
            proptest::prop_assert_eq!(left_one.cmp(&right_one), left.cmp(&right));
            proptest::prop_assert_eq!(left_one.cmp(&right_one) == Ordering::Equal, left_one == right_one);
        }

        #[test]
        fn every_double_comes_back_from_its_shortest_decimal(number: f64) {
            if let Some(decimal) = Decimal::from_double(number) {
                proptest::prop_assert_eq!(decimal.to_double(), number);
            }
        }

        #[test]
        fn every_whole_number_comes_back(number: i64) {
            proptest::prop_assert_eq!(Decimal::from(number).to_int(), Some(number));
        }
    }
}
