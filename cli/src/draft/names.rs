//! From the names of a model to those of collections, and into TOML.

/// The collection for an entity: `XPEvent` is in `xpEvents`, `story_category` in `storyCategories`.
pub(super) fn collection(entity: &str) -> String {
    let name = lower_camel(entity);
    if name.is_empty() { "records".to_owned() } else { plural(&name) }
}

fn lower_camel(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut camel = String::new();
    for word in words {
        match camel.is_empty() {
            true => camel.push_str(&uncapitalised(word)),
            false => camel.extend(word.char_indices().map(|(at, letter)| match at {
                0 => letter.to_ascii_uppercase(),
                _ => letter,
            })),
        }
    }
    camel
}

/// `Habit` as `habit`, `XPEvent` as `xpEvent`, `URL` as `url`.
fn uncapitalised(word: &str) -> String {
    let capitals = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let follows_lower = word.as_bytes().get(capitals).is_some_and(u8::is_ascii_lowercase);
    let lowered = if capitals > 1 && follows_lower { capitals - 1 } else { capitals };
    word[..lowered].to_ascii_lowercase() + &word[lowered..]
}

fn plural(name: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&["ss", "us", "is", "x", "ch", "sh"]) {
        return format!("{name}es");
    }
    if ends(&["s"]) {
        return name.to_owned();
    }
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) && !stem.is_empty() => format!("{stem}ies"),
        _ => format!("{name}s"),
    }
}

/// Text as TOML has it, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(control))),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// A key as TOML has it: bare where it can be.
pub(super) fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { quoted(name) }
}

/// Words that a template has a meaning of its own for.
const TEMPLATE_WORDS: [&str; 4] = ["uid", "now", "now:iso", "version"];

/// The path to a field of the record: its name, with a dot before it where the name could mean something else.
pub(super) fn path(name: &str) -> String {
    let plain = name != "*"
        && !name.is_empty()
        && !name.starts_with('@')
        && name.trim() == name
        && !name.contains(['.', '{', '}', '|']);
    if plain { name.to_owned() } else { format!(".{name}") }
}

/// The same for a template; none where no braces can hold the name.
pub(super) fn path_in_braces(name: &str) -> Option<String> {
    let fits = !name.contains(['{', '}', '|']) && name.trim_end() == name;
    fits.then(|| if TEMPLATE_WORDS.contains(&name) { format!(".{name}") } else { path(name) })
}

/// Whether a path can lead over the name: a relation's, or that of a part of a field.
pub(super) fn can_be_passed(name: &str) -> bool {
    !name.is_empty() && !name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::clean;

    #[test]
    fn collections_are_plural_and_begin_small() {
        for (entity, expected) in [
            ("Habit", "habits"),
            ("XPEvent", "xpEvents"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Address", "addresses"),
            ("Status", "statuses"),
            ("Box", "boxes"),
            ("URL", "urls"),
            ("habit_entries", "habitEntries"),
            ("Repetitions", "repetitions"),
            ("CDAppUser", "cdAppUsers"),
            ("été", "ts"),
            ("///", "records"),
        ] {
            assert_eq!(collection(entity), expected, "{entity}");
        }
    }

    #[test]
    fn a_name_that_could_mean_something_else_has_a_dot_before_it() {
        for (name, inside) in
            [("title", "title"), ("a.b", ".a.b"), ("@key", ".@key"), ("", "."), ("*", ".*"), (" lead", ". lead")]
        {
            assert_eq!(path(name), inside);
            assert_eq!(path_in_braces(name).as_deref(), Some(inside));
        }
        for word in TEMPLATE_WORDS {
            assert_eq!((path(word), path_in_braces(word)), (word.to_owned(), Some(format!(".{word}"))));
        }
        for name in ["{x}", "a|b", "trail "] {
            assert_eq!((path(name), path_in_braces(name)), (format!(".{name}"), None));
        }
    }

    #[test]
    fn what_a_store_calls_its_fields_cannot_leave_its_place_in_the_plan() {
        assert_eq!(key("colorHex"), "colorHex");
        let hostile = "a\"\n[[move]]\nentity = \"b";
        let text = format!("{} = {}", key(hostile), quoted(hostile));
        let table: toml::Table = toml::from_str(&text).unwrap_or_default();
        assert_eq!(table.get(hostile).and_then(toml::Value::as_str), Some(hostile));
        assert_eq!(clean("one\ntwo\r\u{85}"), "one two  ");
    }
}
