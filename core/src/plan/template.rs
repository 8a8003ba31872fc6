//! Text with fields in it, as it was written: `users/{uid}/habits/{habit.id|lower}`.

use super::problem::{Mistake, advise};
use super::resolved::{Conversion, Escape, Part, Template};

/// Far more than an address or a label needs.
const MOST_PARTS: usize = 200;

/// A template whose fields have not been looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TemplateText(pub(crate) Vec<PartText>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PartText {
    Literal(String),
    Owner,
    Now { iso: bool },
    Version,
    Hash,
    Value { path: String, convert: Option<Conversion>, escape: Option<Escape> },
}

impl TemplateText {
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                literal.push_str(&from[..1]);
                rest = after;
                continue;
            }
            let Some((inside, after)) = from.strip_prefix('{').and_then(|open| open.split_once('}')) else {
                return Err(lone_brace(from));
            };
            if !literal.is_empty() {
                parts.push(PartText::Literal(std::mem::take(&mut literal)));
            }
            parts.push(part(inside)?);
            if parts.len() > MOST_PARTS {
                let help = format!("{MOST_PARTS} are the most, the text between them included");
                return Err(Mistake::new("too many fields in one text", help));
            }
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(PartText::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// Its form alone: where text stands, and where something else does.
    pub(crate) fn outline(&self) -> Template {
        let outline = |part: &PartText| match part {
            PartText::Literal(text) => Part::Literal(text.clone()),
            _ => Part::Owner,
        };
        Template(self.0.iter().map(outline).collect())
    }

    /// Whether anything in it depends on the record or the run.
    pub(crate) fn is_constant(&self) -> bool {
        self.0.iter().all(|part| matches!(part, PartText::Literal(_)))
    }

    /// Its text, where nothing in it depends on anything.
    pub(crate) fn into_constant(self) -> String {
        let literal = |part| if let PartText::Literal(text) = part { text } else { String::new() };
        self.0.into_iter().map(literal).collect()
    }
}

fn lone_brace(from: &str) -> Mistake {
    let what = if from.starts_with('{') { "a { that nothing closes" } else { "a } that nothing opens" };
    Mistake::new(what, "a field is {name}; braces that are meant as such are {{ and }}")
}

fn part(inside: &str) -> Result<PartText, Mistake> {
    let mut words = inside.split('|').map(str::trim);
    let name = words.next().unwrap_or_default();
    let filters: Vec<&str> = words.collect();
    let special = match name {
        "uid" => Some(PartText::Owner),
        "now" => Some(PartText::Now { iso: false }),
        "now:iso" => Some(PartText::Now { iso: true }),
        "version" => Some(PartText::Version),
        "@hash" => Some(PartText::Hash),
        _ => None,
    };
    match special {
        Some(part) if filters.is_empty() => Ok(part),
        Some(PartText::Now { .. }) => Err(Mistake::new(
            format!("{{{name}}} takes no |{}", filters.join("|")),
            "the moment is {now}, and as text {now:iso}",
        )),
        Some(_) => Err(Mistake::new(
            format!("{{{name}}} takes no |{}", filters.join("|")),
            format!("write {{{name}}} alone; a field of that name is {{.{name}}}"),
        )),
        None if name.is_empty() => Err(Mistake::new("{} without a field in it", "name a field, as in {id}")),
        None => value(name, &filters),
    }
}

fn value(name: &str, filters: &[&str]) -> Result<PartText, Mistake> {
    let (mut convert, mut escape) = (None, None);
    for &filter in filters {
        let conversion = Conversion::named(filter);
        let twice = if filter == "key" { escape.is_some() } else { convert.is_some() };
        match conversion {
            _ if twice => {
                let what = format!("{{{name}}} is converted twice");
                return Err(Mistake::new(what, "one conversion, and |key once, is all there is"));
            }
            _ if filter == "key" => escape = Some(Escape::Key),
            Some(conversion) => convert = Some(conversion),
            None => {
                let words = Conversion::WORDS.iter().map(|(word, _)| *word).chain(["key"]);
                let help = advise(filter, "after | there may be", words);
                return Err(Mistake::new(format!("unknown conversion \"{filter}\" of {{{name}}}"), help));
            }
        }
    }
    Ok(PartText::Value { path: name.to_owned(), convert, escape })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str) -> PartText {
        PartText::Value { path: path.into(), convert: None, escape: None }
    }

    #[test]
    fn text_and_fields_alternate() {
        let template = TemplateText::parse("users/{uid}/habits/{ habit.id }x").unwrap();
        let expected = [
            PartText::Literal("users/".into()),
            PartText::Owner,
            PartText::Literal("/habits/".into()),
            field("habit.id"),
            PartText::Literal("x".into()),
        ];
        assert_eq!(template.0, expected);
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(TemplateText::parse("{{a}}").unwrap().into_constant(), "{a}");
        assert_eq!(
            TemplateText::parse("{{{a}}}").unwrap().0,
            [PartText::Literal("{".into()), field("a"), PartText::Literal("}".into())]
        );
    }

    #[test]
    fn a_field_may_be_converted_and_escaped_once_each() {
        let template = TemplateText::parse("{id|lower|key}").unwrap();
        let expected =
            PartText::Value { path: "id".into(), convert: Some(Conversion::Lower), escape: Some(Escape::Key) };
        assert_eq!(template.0, [expected]);
        assert!(TemplateText::parse("{id|lower|upper}").is_err());
        assert!(TemplateText::parse("{id|key|key}").is_err());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for bad in ["{", "}", "a{b", "a}b", "{}", "{|lower}", "{id|loud}", "{uid|lower}", "{now|date}"] {
            assert!(TemplateText::parse(bad).is_err(), "{bad}");
        }
    }
}
