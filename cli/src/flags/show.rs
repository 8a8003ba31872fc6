//! `rehome flags show`: the flags that Rehome knows, and what a template makes of them.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rehome_core::rollout::{Effect, Flag};
use serde::Serialize;

use super::evaluation::read_template;
use super::template::{Content, Template};
use crate::failure::Failure;
use crate::terminal::{self, cell, counted, laid_out, table};

/// List the flags that Rehome knows: what each may be, what it is by itself, and what it does
#[derive(Args)]
pub(crate) struct Arguments {
    /// Say too what they are in this template
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Known<'a> {
    flag: &'static str,
    allowed: String,
    default: &'static str,
    /// When a change takes effect.
    effect: Effect,
    about: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<InTemplate<'a>>,
}

/// What a template makes of it.
#[derive(Serialize)]
struct InTemplate<'a> {
    /// None where it is left to the app.
    value: Option<&'a str>,
    is_allowed: bool,
    conditions: Vec<ByCondition<'a>>,
}

#[derive(Serialize)]
struct ByCondition<'a> {
    condition: &'a str,
    value: Option<&'a str>,
    is_allowed: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let template = arguments.template.as_deref().map(read_template).transpose()?;
    let known: Vec<Known<'_>> = Flag::ALL.iter().map(|flag| known(*flag, template.as_ref())).collect();
    match arguments.json {
        true => terminal::print_json(&known)?,
        false => print(&known, template.is_some())?,
    }
    Ok(())
}

fn known(flag: Flag, template: Option<&Template>) -> Known<'_> {
    let spec = flag.spec();
    Known {
        flag: spec.name,
        allowed: spec.allowed.to_string(),
        default: spec.default,
        effect: spec.effect,
        about: spec.about,
        template: template.map(|template| in_template(flag, template)),
    }
}

fn in_template(flag: Flag, template: &Template) -> InTemplate<'_> {
    let is_allowed = |value: Option<&str>| value.is_none_or(|text| flag.spec().allowed.read(text).is_some());
    let parameter = template.parameter(flag.name());
    let value = parameter.and_then(|parameter| text(parameter.default.as_ref()?));
    let conditional = parameter.map(|parameter| parameter.conditional.as_slice()).unwrap_or_default();
    let by_condition = conditional.iter().map(|(at, content)| {
        let value = text(content);
        ByCondition { condition: &template.conditions[*at].name, value, is_allowed: is_allowed(value) }
    });
    InTemplate { value, is_allowed: is_allowed(value), conditions: by_condition.collect() }
}

fn text(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        Content::InApp | Content::Elsewhere(_) => None,
    }
}

fn print(known: &[Known<'_>], with_template: bool) -> Result<(), Failure> {
    let mut out = terminal::out();
    let head: &[&str] = match with_template {
        true => &["flag", "in the template", "by itself", "may be"],
        false => &["flag", "by itself", "may be"],
    };
    let mut rows = table(head);
    for one in known {
        let mut row = vec![cell(one.flag)];
        row.extend(one.template.as_ref().map(|template| cell(in_words(template))));
        row.extend([cell(one.default), cell(&one.allowed)]);
        rows.add_row(row);
    }
    writeln!(out, "{}\n", laid_out(rows))?;
    for one in known {
        writeln!(out, "{}: {}", one.flag, one.about)?;
    }
    Ok(out.flush()?)
}

fn in_words(template: &InTemplate<'_>) -> String {
    let InTemplate { value, is_allowed, conditions } = template;
    let wrong = if *is_allowed { "" } else { ", which is not allowed" };
    let by_condition = match conditions.len() {
        0 => String::new(),
        number => format!(", and {} by condition", counted(number as u64, "value")),
    };
    format!("{}{wrong}{by_condition}", value.unwrap_or("-"))
}
