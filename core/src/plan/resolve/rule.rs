//! What one field's rule means: its names looked up, its kinds checked.

use super::super::problem::Place;
use super::super::resolved::{Conversion, Nulls, Part, Rule};
use super::super::template::TemplateText;
use super::super::tree::{At, NullsText, RuleText};
use super::fields::Manner;
use super::kinds::{constant_of, converted, has_text, ways_out, with_article};
use super::model::Model;
use super::paths::{Found, Scope};
use super::template::Usage;
use crate::record::{Kind, Name, Value};
use crate::schema::Entity;

impl Model<'_> {
    pub(super) fn rule(&self, scope: &mut Scope<'_>, rule: &At<RuleText>, manner: Manner<'_>) -> Option<Rule> {
        match &rule.it {
            RuleText::Take { from, convert, nulls } => {
                let found = self.taken(scope, from)?;
                let kind = self.kind_after(&found, convert.as_ref(), rule.place)?;
                match convert {
                    Some(_) => self.check_made(kind, rule.place, manner),
                    None if manner.json => {}
                    None => self.check_held(kind, &from.it, scope.entity, rule.place, str::to_owned),
                }
                let nulls = self.nulls(nulls.as_ref(), kind, rule.place).unwrap_or_else(|| manner.nulls.clone());
                Some(Rule::Take { from: found.path, convert: convert.as_ref().map(|convert| convert.it), nulls })
            }
            RuleText::Constant(value) => {
                self.check_constant(scope.entity, value, rule.place, manner);
                Some(Rule::Constant(value.clone()))
            }
            RuleText::Text(text) => {
                let usage = if manner.stamp { Usage::Stamp } else { Usage::Text };
                let template = self.template(scope, text, rule.place, usage)?;
                let moment = matches!(&*template.0, [Part::Now { iso: false }]);
                if moment && !self.holds(Kind::Timestamp) && !manner.json {
                    let what = format!("{} holds no timestamp", self.rules.target);
                    self.report.error(rule.place, what, "write {now:iso} for the moment as text");
                }
                Some(Rule::Text(template))
            }
            RuleText::Reference { relation, many, to } => self.reference(scope, relation, *many, to.as_ref(), manner),
            RuleText::Embed { relation, fields, leave_out } => {
                let mut walk = self.walk(scope, relation)?;
                self.check_made(if walk.many { Kind::Array } else { Kind::Map }, rule.place, manner);
                let fields = self.fields(&mut walk.end, fields, leave_out, manner);
                Some(Rule::Embed { relation: walk.positions, fields })
            }
            RuleText::List { relation, of } => {
                let mut walk = self.walk(scope, relation)?;
                if !walk.many {
                    let help = "for a field of that one record write its path, as in \"habit.id\"";
                    self.report.error(relation.place, format!("{} leads to one record", relation.it), help);
                    return None;
                }
                self.check_made(Kind::Array, rule.place, manner);
                self.check_nesting(&mut walk.end, of, manner);
                let of = self.rule(&mut walk.end, of, manner)?;
                Some(Rule::List { relation: walk.positions, of: Box::new(of) })
            }
            RuleText::Map(rules) => {
                self.check_made(Kind::Map, rule.place, manner);
                Some(Rule::Map(self.named(scope, rules, manner)))
            }
            RuleText::JsonText(of) => {
                self.check_made(Kind::String, rule.place, manner);
                let of = self.rule(scope, of, Manner { json: true, ..manner })?;
                Some(Rule::JsonText(Box::new(of)))
            }
            RuleText::Upload { from, to, over, nulls } => {
                let found = self.path(scope, from)?;
                if manner.stamp || manner.json {
                    let what = "an upload in a stamp or in JSON text";
                    self.report.error(rule.place, what, "what is uploaded is a field of the document");
                }
                if !matches!(found.kind, Kind::Bytes | Kind::Any) {
                    let what = format!("{} is {}, no bytes", from.it, with_article(found.kind));
                    self.report.error(from.place, what, "only bytes can be uploaded");
                }
                let to = self.template(scope, &to.it, to.place, Usage::Link)?;
                let nulls = self.nulls(nulls.as_ref(), found.kind, rule.place).unwrap_or_else(|| manner.nulls.clone());
                Some(Rule::Upload { from: found.path, to, over: *over, nulls })
            }
        }
    }

    /// The value that a rule takes. What cannot be the name of one was meant to be something else.
    fn taken(&self, scope: &mut Scope<'_>, from: &At<String>) -> Option<Found> {
        let text = &from.it;
        let found = self.find(scope, text).map_err(|mistake| match text {
            _ if text.contains('{') => mistake.or(&format!("text with fields in it is {{ text = \"{text}\" }}")),
            _ if text.contains(' ') => mistake.or(&format!("the same in every record is {{ value = \"{text}\" }}")),
            _ => mistake,
        });
        found.map_err(|mistake| self.report.mistake(from.place, mistake)).ok()
    }

    /// The kind of what a rule makes, where the conversion takes what is found.
    pub(super) fn kind_after(&self, found: &Found, convert: Option<&At<Conversion>>, place: Place) -> Option<Kind> {
        let Some(convert) = convert else { return Some(found.kind) };
        let Some(kind) = converted(found.kind, convert.it) else {
            let what = format!(
                "{} is {}, which cannot become {}",
                found.path.name,
                with_article(found.kind),
                convert.it.word()
            );
            let words = Conversion::WORDS.iter().filter(|(_, way)| converted(found.kind, *way).is_some());
            let words: Vec<String> = words.map(|(word, _)| format!("\"{word}\"")).collect();
            self.report.error(convert.place, what, format!("as may be {}", words.join(", ")));
            return None;
        };
        let counts = matches!(found.kind, Kind::Int | Kind::Double | Kind::Decimal);
        if convert.it == Conversion::Timestamp(None) && counts {
            let what = format!("{} is a number, and nothing says what it counts", found.path.name);
            self.report.error(place, what, "unit may be \"seconds\", \"millis\", \"micros\" (since 1970) or \"mac\"");
        }
        Some(kind)
    }

    fn nulls(&self, text: Option<&NullsText>, kind: Kind, place: Place) -> Option<Nulls> {
        match text? {
            NullsText::Keep => Some(Nulls::Keep),
            NullsText::LeaveOut => Some(Nulls::LeaveOut),
            NullsText::Default(value) => match constant_of(kind, value) {
                Some(value) => Some(Nulls::Default(value)),
                None => {
                    let what =
                        format!("the default is {}, the field {}", with_article(value.kind()), with_article(kind));
                    self.report.error(place, what, "a default is of the kind that the field ends up with");
                    None
                }
            },
        }
    }

    fn holds(&self, kind: Kind) -> bool {
        matches!(kind, Kind::Any | Kind::Null) || self.rules.holds.contains(&kind)
    }

    /// Whether the target holds a field's values; `way` is how a rule is written for it.
    pub(super) fn check_held(
        &self,
        kind: Kind,
        field: &str,
        entity: &Entity,
        place: Place,
        way: impl Fn(&str) -> String,
    ) {
        if self.holds(kind) {
            return;
        }
        let ways = ways_out(kind).iter().filter(|way| converted(kind, **way).is_some_and(|made| self.holds(made)));
        let words: Vec<&str> = ways.map(|way| way.word()).collect();
        let help = match &*words {
            [] => "name it in leave_out".to_owned(),
            [first, others @ ..] => {
                let rule = way(&format!("{{ from = {}, as = \"{first}\" }}", toml::Value::from(field)));
                let others: String = others.iter().map(|word| format!(" (or \"{word}\")")).collect();
                format!("write {rule}{others}, or name it in leave_out")
            }
        };
        let what =
            format!("{field} of {} is {}, which {} does not hold", entity.name, with_article(kind), self.rules.target);
        self.report.error(place, what, help);
    }

    /// What the plan itself makes must be held too.
    fn check_made(&self, kind: Kind, place: Place, manner: Manner<'_>) {
        if self.holds(kind) || manner.json {
            return;
        }
        let what = format!("{} does not hold {}", self.rules.target, with_article(kind));
        let held: Vec<&str> = self.rules.holds.iter().map(|kind| kind.word()).collect();
        let help = match kind {
            Kind::Array | Kind::Map if self.holds(Kind::String) => "with as = \"json_text\" it becomes text".to_owned(),
            _ => format!("it holds {}", held.join(", ")),
        };
        self.report.error(place, what, help);
    }

    fn check_constant(&self, entity: &Entity, value: &Value, place: Place, manner: Manner<'_>) {
        self.check_made(value.kind(), place, manner);
        match value {
            Value::String(text) if !manner.stamp && entity.field(text).is_some() => {
                let what = format!("the constant \"{text}\" is also the name of a field of {}", entity.name);
                let help = format!(
                    "for the field write {{ from = \"{text}\" }}; for a map with a field named value \
                                    write {{ map = {{ value = \"{text}\" }} }}"
                );
                self.report.warning(place, what, help);
            }
            Value::Map(map) => map.keys().for_each(|name| self.check_name(name, place)),
            _ => {}
        }
    }

    /// Whether a list of this would be an array directly in an array, which many targets refuse.
    fn check_nesting(&self, scope: &mut Scope<'_>, of: &At<RuleText>, manner: Manner<'_>) {
        let array = match &of.it {
            RuleText::List { .. } | RuleText::Reference { many: true, .. } => true,
            RuleText::Embed { relation, .. } => self.walk(scope, relation).is_some_and(|walk| walk.many),
            RuleText::Take { from, convert: None, .. } => {
                self.path(scope, from).is_some_and(|found| found.kind == Kind::Array)
            }
            _ => false,
        };
        if array && !self.rules.nested_arrays && !manner.json {
            let what = format!("an array directly in an array, which {} does not take", self.rules.target);
            self.report.error(of.place, what, "put a map between them: of = { map = { … } }");
        }
    }

    fn reference(
        &self,
        scope: &mut Scope<'_>,
        relation: &At<String>,
        many: bool,
        to: Option<&At<TemplateText>>,
        manner: Manner<'_>,
    ) -> Option<Rule> {
        let mut walk = self.walk(scope, relation)?;
        if walk.many != many {
            let (leads, word) = if walk.many { ("many records", "references") } else { ("one record", "reference") };
            let what = format!("{} leads to {leads}", relation.it);
            self.report.error(relation.place, what, format!("write {{ {word} = \"{}\" }}", relation.it));
            return None;
        }
        if !self.holds(Kind::Reference) && !manner.json {
            let what = format!("{} holds no references", self.rules.target);
            let help = format!("take the other record's id: \"{}.id\", or {{ text = … }}", relation.it);
            self.report.error(relation.place, what, help);
            return None;
        }
        let to = match to {
            Some(to) => to,
            None => self.address_of(&walk.end.entity.name, relation)?,
        };
        let template = self.template(&mut walk.end, &to.it, to.place, Usage::Link)?;
        self.check_segments(&template, to.place);
        Some(match many {
            true => Rule::References { relation: walk.positions, to: template },
            false => Rule::Reference { relation: walk.positions, to: template },
        })
    }

    /// The document that a move makes of an entity's records, for references that do not say where they lead.
    fn address_of<'s>(&'s self, entity: &'s Name, relation: &At<String>) -> Option<&'s At<TemplateText>> {
        let mut moves = self.moves_of(entity);
        let (first, second) = (moves.next(), moves.next());
        if let (Some(one), None) = (first, second) {
            return one.document.as_ref();
        }
        let what = if first.is_none() { "no move says where" } else { "several moves say where" };
        let help = format!("write {{ reference = \"{}\", to = \"…/{{id}}\" }}", relation.it);
        self.report.error(relation.place, format!("{what} records of {entity} go"), help);
        None
    }

    /// Whether a value can stand in text.
    pub(super) fn check_text(&self, found: &Found, kind: Kind, place: Place) {
        if !has_text(kind) {
            let what = format!("{} is {}, which has no text", found.path.name, with_article(kind));
            let way = if kind == Kind::Bytes { "base64" } else { "json_text" };
            self.report.error(place, what, format!("write {{{}|{way}}}", found.path.name));
        }
    }
}
