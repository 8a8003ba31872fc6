//! JSON text as the value that it stands for: one reading for every store and plan.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Decimal, Map, Reason, Value};

/// The longest JSON that is read: values take many times the room of their text.
const LONGEST: usize = 8 << 20;
/// The first double beyond all whole numbers of 64 bits.
const BEYOND_INT: f64 = 9_223_372_036_854_775_808.0;

/// Why JSON cannot be read. It says where, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonFault {
    /// It has so many bytes.
    TooLong(usize),
    /// It is none from here on, or something that no value can hold.
    Unreadable { line: usize, column: usize },
}

impl JsonFault {
    pub(crate) fn reason(self) -> Reason {
        match self {
            JsonFault::TooLong(_) => Reason::TooLarge,
            JsonFault::Unreadable { .. } => Reason::BadJson,
        }
    }
}

impl fmt::Display for JsonFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonFault::TooLong(bytes) => write!(out, "{bytes} bytes of JSON, of which at most {LONGEST} are read"),
            JsonFault::Unreadable { line, column } => {
                write!(out, "the JSON cannot be read from line {line}, column {column} on")
            }
        }
    }
}

/// What JSON says. Whole numbers are ints, and exact decimals where they are longer than an int; numbers with a point
/// or an exponent are doubles, as programs that wrote them meant it. A name that comes twice in an object is refused:
/// one of the two would be lost. How deep it may be nested is bounded by the parser.
pub(crate) fn parse(json: &[u8]) -> Result<Value, JsonFault> {
    if json.len() > LONGEST {
        return Err(JsonFault::TooLong(json.len()));
    }
    let mut reading = Reading { numbers: Numbers(json), passed: 0 };
    let mut parser = serde_json::Deserializer::from_slice(json);
    let value = reading.deserialize(&mut parser).and_then(|value| parser.end().map(|()| value));
    value.map_err(|error| JsonFault::Unreadable { line: error.line(), column: error.column() })
}

/// Reads one value. The parser hands a long whole number over as a double, so that its digits are looked up in the
/// text, where it is found by how many numbers came before it.
struct Reading<'t> {
    numbers: Numbers<'t>,
    /// How many numbers were read since one was last looked up.
    passed: usize,
}

impl Reading<'_> {
    /// The digits of the number that was just read, where it is written as a whole one.
    fn digits<E: Error>(&mut self) -> Result<Option<Decimal>, E> {
        let before = std::mem::take(&mut self.passed);
        match self.numbers.nth(before) {
            Some(text) if text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => {
                text.parse().map(Some).map_err(E::custom)
            }
            _ => Ok(None),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reading<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        self.passed += 1;
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        if number.abs() >= BEYOND_INT {
            return Ok(self.digits()?.map_or(Value::Double(number), Value::Decimal));
        }
        self.passed += 1;
        Ok(Value::Double(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element_seed(&mut *self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = from.next_key()? {
            let value = from.next_value_seed(&mut *self)?;
            if fields.insert(name, value).is_some() {
                return Err(A::Error::custom("a name that comes twice"));
            }
        }
        Ok(Value::Map(fields))
    }
}

/// The numbers of a JSON text as they are written, in their order.
struct Numbers<'t>(&'t [u8]);

impl<'t> Iterator for Numbers<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            let (first, rest) = self.0.split_first()?;
            match first {
                b'"' => self.0 = after_text(rest),
                b'-' | b'0'..=b'9' => {
                    let ends = |byte: &u8| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                    let (number, rest) = self.0.split_at(self.0.iter().position(ends).unwrap_or(self.0.len()));
                    self.0 = rest;
                    return std::str::from_utf8(number).ok();
                }
                _ => self.0 = rest,
            }
        }
    }
}

/// What comes after the text that has begun.
fn after_text(mut json: &[u8]) -> &[u8] {
    loop {
        json = match json {
            [b'\\', _, rest @ ..] => rest,
            [b'"', rest @ ..] => return rest,
            [_, rest @ ..] => rest,
            [] => return json,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Value {
        parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_whole_number_keeps_all_its_digits() {
        let long = ["9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"];
        for number in long {
            assert_eq!(read(number), Value::Decimal(number.parse().unwrap()));
        }
        let json = format!(
            r#"{{"12":[1,-2.5,"3\"4\\",{}],"b":9223372036854775807,"c":{},"d":1e300,"e":{}}}"#,
            long[2], long[1], long[0]
        );
        let Value::Map(fields) = read(&json) else { panic!("no object") };
        let [first, second, third] = long.map(|number| Value::Decimal(number.parse().unwrap()));
        assert_eq!(fields["12"], Value::Array(vec![1.into(), (-2.5).into(), "3\"4\\".into(), third]));
        assert_eq!((&fields["b"], &fields["c"]), (&Value::Int(i64::MAX), &second));
        assert_eq!((&fields["d"], &fields["e"]), (&Value::Double(1e300), &first));
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        assert_eq!(parse(br#"{"a":1,"a":2}"#), Err(JsonFault::Unreadable { line: 1, column: 13 }));
    }

    #[test]
    fn json_of_many_megabytes_is_too_large() {
        let json = vec![b' '; LONGEST + 1];
        assert_eq!(parse(&json).map_err(JsonFault::reason), Err(Reason::TooLarge));
    }

    proptest::proptest! {
        #[test]
        fn numbers_of_any_length_are_found_again(numbers in proptest::collection::vec("-?[1-9][0-9]{0,40}", 0..20)) {
            let expected = numbers.iter().map(|number| match number.parse() {
                Ok(short) => Value::Int(short),
                Err(_) => Value::Decimal(number.parse().unwrap()),
            });
            let json = format!("[{}]", numbers.join(r#", "7e\"8", "#));
            let Value::Array(items) = read(&json) else { panic!("no array") };
            let items = items.into_iter().filter(|item| *item != Value::from("7e\"8"));
            proptest::prop_assert!(items.eq(expected));
        }
    }
}
