//! As much of Rust as it takes to see which paths a file names.

/// The code without comments, and without what is in quotes.
pub(crate) fn bare(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(character) = rest.chars().next() {
        let length = skipped(rest, bare.chars().next_back());
        if length == 0 {
            bare.push(character);
        } else if rest.starts_with(['/', '\'']) {
            bare.push(' ');
        }
        rest = rest.get(length.max(character.len_utf8())..).unwrap_or_default();
    }
    bare
}

/// How much of what begins here is comment or quotation.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let until = |from: usize, end: &str| {
        let found = rest.get(from..).and_then(|rest| rest.find(end));
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return until(2, "\n") - 1;
    }
    if rest.starts_with("/*") {
        return comment(rest);
    }
    if let Some(hashes) = raw(rest).filter(|_| !before.is_some_and(is_name)) {
        let opening = rest.find('"').unwrap_or_default() + 1;
        return until(opening, &format!("\"{}", "#".repeat(hashes)));
    }
    if rest.starts_with('"') {
        return quotation(rest);
    }
    let Some(literal) = rest.strip_prefix('\'') else { return 0 };
    match literal.chars().next() {
        Some('\\') => until(3, "'"),
        Some(one) if literal[one.len_utf8()..].starts_with('\'') => one.len_utf8() + 2,
        // A lifetime.
        _ => 0,
    }
}

fn comment(rest: &str) -> usize {
    let mut depth = 0;
    for (at, _) in rest.char_indices() {
        if rest[at..].starts_with("/*") {
            depth += 1;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    rest.len()
}

fn quotation(rest: &str) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// How many `#` a raw text that begins here has.
fn raw(rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let text = marks.trim_start_matches('#');
    text.starts_with('"').then(|| marks.len() - text.len())
}

pub(crate) fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// All paths of two names and more that bare code names, and all that it `use`s, those in braces each for itself.
pub(crate) fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let (mut found, mut at, mut is_use) = (Vec::new(), 0, false);
    while let Some(token) = tokens.get(at) {
        if *token == "use" {
            (at, is_use) = (at + 1, true);
        } else if token.starts_with(is_name) || is_use && *token == "{" {
            let begins = found.len();
            at = tree(&tokens, at, &[], &mut found);
            if !is_use && found[begins..].iter().all(|path| path.len() < 2) {
                found.truncate(begins);
            }
            is_use = false;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads a path with all its branches, and answers where it ends.
fn tree(tokens: &[&str], mut at: usize, stem: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = stem.to_vec();
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    let is_branch = matches!(tokens[at], "*" | "{") || tokens[at].starts_with(is_name);
                    at = if is_branch { tree(tokens, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            // All that is in there: the way to it is what was named.
            Some(&"*") => at += 1,
            Some(&"self") if !stem.is_empty() => at += 1,
            Some(name) if name.starts_with(is_name) => {
                path.push((*name).to_owned());
                at += 1;
            }
            _ => {}
        }
        let goes_on = tokens.get(at + 1).is_some_and(|next| matches!(*next, "*" | "{") || next.starts_with(is_name));
        if tokens.get(at) == Some(&"::") && goes_on {
            at += 1;
            continue;
        }
        if tokens.get(at) == Some(&"as") {
            at += 2;
        }
        found.push(path);
        return at;
    }
}

fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(character) = rest.chars().next() {
        let length = if is_name(character) {
            rest.find(|character| !is_name(character)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            character.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}
