//! One hash of what a plan does: a canonical form of the resolved plan, in which nothing that a person may change
//! without changing the documents has a place. The same form, cut where its parts begin, is the plan's outline.

use sha2::{Digest, Sha256};

use super::outline::{Drawn, Outline};
use super::resolved::{
    Comparison, Condition, Conversion, Deletes, Escape, FieldRule, Fingerprint, Move, Nulls, Part, Pass, Path, Rule,
    Slot, Template, TimeUnit,
};
use crate::record::{Kind, Name, Value};
use crate::rules::Rules;
use crate::schema::{Entity, Field, KEY, Schema};
use crate::store::{Join, RelationShape, Shape};

/// Grows whenever the same plan makes other documents than before.
const MAPPER: u64 = 1;

/// The fingerprint and the outline of these passes, resolved against a schema, under a target's rules. The version
/// counts only where a stamp carries it.
pub(super) fn fingerprint(passes: &[Pass], version: i64, schema: &Schema, rules: &Rules) -> (Fingerprint, Outline) {
    let mut out = Canonical { bytes: Vec::new(), parts: Vec::new(), version, schema };
    out.part("mapper");
    out.number(MAPPER);
    out.part("target");
    out.rules(rules);
    out.no_part();
    out.list(passes, |out, pass| {
        out.text(&pass.shape.entity);
        out.list(&pass.moves, |out, one| out.one_move(one, &pass.shape));
    });
    (Fingerprint(Sha256::digest(&out.bytes).into()), out.outline())
}

/// Writes so that no two different plans have one form: each choice has a tag, each text and list its length.
/// Positions are written as the names that the shape has there, since their order depends on how a plan is put.
///
/// What the schema says counts as far as the plan takes it up: a number under a name that had a text makes another
/// document, a field that the plan passes over does not.
struct Canonical<'s> {
    bytes: Vec<u8>,
    /// Where each part begins, and what it is.
    parts: Vec<(usize, Begins)>,
    version: i64,
    schema: &'s Schema,
}

/// What begins in the canonical form.
enum Begins {
    Move {
        entity: Name,
        document: String,
    },
    Part(String),
    /// How many parts follow, which they show by themselves.
    Nothing,
}

impl Canonical<'_> {
    fn part(&mut self, name: impl Into<String>) {
        self.parts.push((self.bytes.len(), Begins::Part(name.into())));
    }

    fn no_part(&mut self) {
        self.parts.push((self.bytes.len(), Begins::Nothing));
    }

    fn outline(&self) -> Outline {
        let mut drawn = Drawn::default();
        let ends = self.parts.iter().skip(1).map(|(at, _)| *at).chain([self.bytes.len()]);
        for ((from, begins), to) in self.parts.iter().zip(ends) {
            match begins {
                Begins::Move { entity, document } => drawn.a_move(entity, document),
                Begins::Part(name) => drawn.a_part(name, &self.bytes[*from..to]),
                Begins::Nothing => {}
            }
        }
        drawn.done()
    }

    fn tag(&mut self, tag: u8) {
        self.bytes.push(tag);
    }

    fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| each(self, item));
    }

    /// Items whose order means nothing.
    fn set<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        let one = |item| {
            let mut alone =
                Canonical { bytes: Vec::new(), parts: Vec::new(), version: self.version, schema: self.schema };
            each(&mut alone, item);
            alone.bytes
        };
        let mut forms: Vec<Vec<u8>> = items.iter().map(one).collect();
        forms.sort_unstable();
        self.list(&forms, |out, form| out.bytes.extend(form));
    }

    /// What the target makes of a value. Its limits tell documents from rejections, and make no document another.
    fn rules(&mut self, rules: &Rules) {
        self.text(rules.target);
        self.set(rules.holds, |out, kind| out.text(kind.word()));
        self.number(rules.timestamps.step_nanos.into());
    }

    /// What a field holds; of one that is put together from parts all of them, whatever their order.
    fn kind(&mut self, field: Option<&Field>) {
        self.text(field.map_or(Kind::Any, |field| field.kind).word());
        self.set(field.map_or(&[], |field| &field.elements), |out, part| {
            out.text(&part.name);
            out.kind(Some(part));
        });
    }

    /// A field, and what it holds according to the schema; of the key the fields that it is made of.
    fn field(&mut self, entity: Option<&Entity>, name: &str) {
        let parts = if name == KEY { entity.map_or(&[][..], |entity| &entity.key) } else { &[] };
        self.text(name);
        self.kind(entity.and_then(|entity| entity.field(name)));
        self.list(parts, |out, part| {
            out.text(part);
            out.kind(entity.and_then(|entity| entity.field(part)));
        });
    }

    /// The relations on a way, and the shape at its end.
    fn way<'s>(&mut self, positions: &[usize], from: &'s Shape) -> &'s Shape {
        self.number(positions.len() as u64);
        positions.iter().fold(from, |shape, at| match shape.relations.get(*at) {
            Some(relation) => {
                self.relation(relation, shape);
                &relation.shape
            }
            None => shape,
        })
    }

    fn relation(&mut self, relation: &RelationShape, from: &Shape) {
        self.text(&relation.name);
        let owner = self.schema.entity(&from.entity);
        match &relation.join {
            Join::Known => {
                self.tag(0);
                let known = owner.and_then(|owner| owner.relation(&relation.name));
                self.text(known.map_or("", |known| &known.native));
                self.tag(u8::from(known.is_some_and(|known| known.ordered)));
            }
            Join::Equal { ours, theirs } => {
                self.tag(1);
                self.field(owner, ours);
                self.field(self.schema.entity(&relation.shape.entity), theirs);
            }
        }
        self.tag(u8::from(relation.many));
        self.text(&relation.shape.entity);
    }

    fn fields(&mut self, fields: &[FieldRule], shape: &Shape) {
        self.list(fields, |out, field| {
            out.text(&field.name);
            out.rule(&field.rule, shape);
        });
    }

    /// A move's own fields or stamps, each a part by itself.
    fn part_of_each(&mut self, what: &str, fields: &[FieldRule], shape: &Shape) {
        self.no_part();
        self.list(fields, |out, field| {
            out.part(format!("{what} {}", field.name));
            out.text(&field.name);
            out.rule(&field.rule, shape);
        });
    }

    fn one_move(&mut self, one: &Move, shape: &Shape) {
        let document = one.document.in_words();
        self.parts.push((self.bytes.len(), Begins::Move { entity: shape.entity.clone(), document }));
        self.part("document");
        self.template(&one.document, shape);
        self.part("where");
        self.set(&one.filter, |out, condition| out.condition(condition, shape));
        self.part_of_each("field", &one.fields, shape);
        self.part_of_each("stamp", &one.stamps, shape);
        self.part("revision");
        match &one.revision {
            None => self.tag(0),
            Some(path) => {
                self.tag(1);
                self.path(path, shape);
            }
        }
        self.part("own id");
        self.tag(u8::from(one.own_id));
        self.part("unique");
        self.list(&one.unique, |out, name| out.text(name));
        self.part("deletes");
        self.tag(match one.deletes {
            Deletes::Carry => 0,
            Deletes::Keep => 1,
        });
        self.no_part();
    }

    fn rule(&mut self, rule: &Rule, shape: &Shape) {
        match rule {
            Rule::Take { from, convert, nulls } => {
                self.tag(0);
                self.path(from, shape);
                self.convert(*convert);
                self.nulls(nulls);
            }
            Rule::Constant(value) => {
                self.tag(1);
                self.value(value);
            }
            Rule::Text(template) => {
                self.tag(2);
                self.template(template, shape);
            }
            Rule::Reference { relation, to } => {
                self.tag(3);
                let there = self.way(relation, shape);
                self.template(to, there);
            }
            Rule::References { relation, to } => {
                self.tag(4);
                let there = self.way(relation, shape);
                self.template(to, there);
            }
            Rule::Embed { relation, fields } => {
                self.tag(5);
                let there = self.way(relation, shape);
                self.fields(fields, there);
            }
            Rule::List { relation, of } => {
                self.tag(6);
                let there = self.way(relation, shape);
                self.rule(of, there);
            }
            Rule::Map(fields) => {
                self.tag(7);
                self.fields(fields, shape);
            }
            Rule::JsonText(of) => {
                self.tag(8);
                self.rule(of, shape);
            }
            Rule::Upload { from, to, over, nulls } => {
                self.tag(9);
                self.path(from, shape);
                self.template(to, shape);
                self.number(*over);
                self.nulls(nulls);
            }
        }
    }

    fn path(&mut self, path: &Path, shape: &Shape) {
        let there = self.way(&path.relations, shape);
        let entity = self.schema.entity(&there.entity);
        match &path.slot {
            Slot::Field(at, way) => {
                self.tag(0);
                self.field(entity, there.fields.get(*at).map_or("", |name| name));
                self.list(way, |out, name| out.text(name));
            }
            Slot::Key => {
                self.tag(1);
                self.field(entity, KEY);
            }
            Slot::KeyPart(part) => {
                self.tag(2);
                self.number(*part as u64);
            }
            Slot::Entity => self.tag(3),
        }
    }

    fn nulls(&mut self, nulls: &Nulls) {
        match nulls {
            Nulls::Keep => self.tag(0),
            Nulls::LeaveOut => self.tag(1),
            Nulls::Default(value) => {
                self.tag(2);
                self.value(value);
            }
        }
    }

    fn convert(&mut self, convert: Option<Conversion>) {
        self.tag(match convert {
            None => 0,
            Some(Conversion::String) => 1,
            Some(Conversion::Int) => 2,
            Some(Conversion::Double { lossy: false }) => 3,
            Some(Conversion::Double { lossy: true }) => 4,
            Some(Conversion::Decimal) => 5,
            Some(Conversion::Bool) => 6,
            Some(Conversion::Timestamp(None)) => 7,
            Some(Conversion::Timestamp(Some(TimeUnit::Millis))) => 8,
            Some(Conversion::Timestamp(Some(TimeUnit::Micros))) => 9,
            Some(Conversion::Timestamp(Some(TimeUnit::Mac))) => 10,
            Some(Conversion::IsoText) => 11,
            Some(Conversion::Date) => 12,
            Some(Conversion::Base64) => 13,
            Some(Conversion::Json) => 14,
            Some(Conversion::JsonText) => 15,
            Some(Conversion::Lower) => 16,
            Some(Conversion::Upper) => 17,
            Some(Conversion::Timestamp(Some(TimeUnit::Seconds))) => 18,
        });
    }

    fn template(&mut self, template: &Template, shape: &Shape) {
        self.list(&template.0, |out, part| match part {
            Part::Literal(text) => {
                out.tag(0);
                out.text(text);
            }
            Part::Owner => out.tag(1),
            Part::Now { iso } => out.bytes.extend([2, u8::from(*iso)]),
            Part::Version => {
                out.tag(3);
                out.bytes.extend(out.version.to_be_bytes());
            }
            Part::Hash => out.tag(4),
            Part::Value { from, convert, escape } => {
                out.tag(5);
                out.path(from, shape);
                out.convert(*convert);
                out.tag(match escape {
                    Escape::None => 0,
                    Escape::Segment => 1,
                    Escape::Key => 2,
                });
            }
        });
    }

    fn condition(&mut self, condition: &Condition, shape: &Shape) {
        self.path(&condition.of, shape);
        match &condition.is {
            Comparison::OneOf(values) => {
                self.tag(0);
                self.set(values, Canonical::value);
            }
            Comparison::NoneOf(values) => {
                self.tag(1);
                self.set(values, Canonical::value);
            }
            Comparison::Exists(there) => self.bytes.extend([2, u8::from(*there)]),
            Comparison::AtLeast(value) => {
                self.tag(3);
                self.value(value);
            }
            Comparison::Below(value) => {
                self.tag(4);
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.tag(0),
            Value::Bool(truth) => self.bytes.extend([1, u8::from(*truth)]),
            Value::Int(number) => {
                self.tag(2);
                self.bytes.extend(number.to_be_bytes());
            }
            Value::Double(number) => {
                self.tag(3);
                self.number(number.to_bits());
            }
            Value::Decimal(number) => {
                self.tag(4);
                self.text(&number.to_string());
            }
            Value::Timestamp(moment) => {
                self.tag(5);
                self.bytes.extend(moment.seconds().to_be_bytes());
                self.number(moment.nanos().into());
            }
            Value::String(text) => {
                self.tag(6);
                self.text(text);
            }
            Value::Bytes(bytes) => {
                self.tag(7);
                self.list(bytes, |out, byte| out.tag(*byte));
            }
            Value::Reference(address) => {
                self.tag(8);
                self.text(address);
            }
            Value::GeoPoint(point) => {
                self.tag(9);
                self.number(point.latitude.to_bits());
                self.number(point.longitude.to_bits());
            }
            Value::Array(items) => {
                self.tag(10);
                self.list(items, Canonical::value);
            }
            Value::Map(map) => {
                self.tag(11);
                self.number(map.len() as u64);
                for (name, value) in map {
                    self.text(name);
                    self.value(value);
                }
            }
        }
    }
}
