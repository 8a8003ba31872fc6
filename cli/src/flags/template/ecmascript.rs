//! What JavaScript makes of texts and numbers, to the letter: Firebase's servers compare with its rules.

use std::cmp::Ordering;

/// White space as `trim()` and `Number()` see it. Rust counts U+0085 among it, and U+FEFF not.
fn is_space(letter: char) -> bool {
    letter == '\u{feff}' || letter.is_whitespace() && letter != '\u{85}'
}

/// `text.trim()`.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `Number(text)`, where NaN says that it is none.
pub(super) fn number(text: &str) -> f64 {
    let text = trim(text);
    for (prefix, bits) in [("0x", 4), ("0o", 3), ("0b", 1)] {
        let start = text.get(..2).filter(|start| start.eq_ignore_ascii_case(prefix));
        if start.is_some() {
            return digits_of(&text[2..], bits);
        }
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust also reads `inf` and `nan`, which are no numbers there.
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// A whole number in digits of so many bits, rounded once: what lies beyond the first 64 bits only says whether more
/// follows.
fn digits_of(digits: &str, bits: u32) -> f64 {
    if digits.is_empty() {
        return f64::NAN;
    }
    let (mut head, mut beyond, mut more) = (0_u64, 0_i32, 0);
    for digit in digits.chars() {
        let Some(digit) = digit.to_digit(1 << bits) else { return f64::NAN };
        for bit in (0..bits).rev().map(|at| u64::from(digit >> at & 1)) {
            if head >> 63 == 0 {
                head = head << 1 | bit;
            } else {
                beyond = beyond.saturating_add(1);
                more |= bit;
            }
        }
    }
    (head | more) as f64 * 2_f64.powi(beyond)
}

/// `String(number)`.
pub(super) fn text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        _ => ryu_js::Buffer::new().format_finite(number).to_owned(),
    }
}

/// How two numbers stand to each other. None where one of them is none.
pub(super) fn compare(actual: f64, target: f64) -> Option<Ordering> {
    actual.partial_cmp(&target)
}

/// So many segments a version has at most.
const SEGMENTS: usize = 5;

/// How two versions such as `5.12.3` stand to each other. None where one has too many segments, or where one that is
/// no number is met before they differ.
pub(super) fn compare_versions(actual: &str, target: &str) -> Option<Ordering> {
    let [actual, target] = [actual, target].map(|text| text.split('.').map(number).collect::<Vec<_>>());
    if actual.len() > SEGMENTS || target.len() > SEGMENTS {
        return None;
    }
    let segment = |version: &[f64], at: usize| version.get(at).copied().unwrap_or(0.0);
    for at in 0..SEGMENTS {
        match compare(segment(&actual, at), segment(&target, at))? {
            Ordering::Equal => {}
            different => return Some(different),
        }
    }
    Some(Ordering::Equal)
}

/// `new RegExp(pattern)`, which sees a text as its UTF-16 units.
#[derive(Debug)]
pub(crate) struct Pattern(regress::Regex);

impl Pattern {
    /// # Errors
    /// It is no regular expression: what is wrong with it.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let pattern = in_units(pattern);
        let units = pattern.encode_utf16().map(u32::from);
        let pattern = regress::Regex::from_unicode(units, regress::Flags::default());
        pattern.map(Self).map_err(|error| error.to_string())
    }

    /// `pattern.test(text)`: somewhere in it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let units: Vec<u16> = text.encode_utf16().collect();
        self.0.find_from_ucs2(&units, 0).next().is_some()
    }
}

/// Where a pattern sees units, `\u{61}` is the letter u, sixty-one times. The engine knows only what it is where a
/// pattern sees whole characters.
fn in_units(pattern: &str) -> String {
    let mut rewritten = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        rewritten.push_str(before);
        let skipped = usize::from(escape.starts_with("\\u{"));
        let length = escape.char_indices().nth(2).map_or(escape.len(), |(at, _)| at);
        rewritten.push_str(&escape[skipped..length]);
        rest = &escape[length..];
    }
    rewritten.push_str(rest);
    rewritten
}
