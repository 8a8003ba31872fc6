//! A plan as it was written: typed, with the place of everything that may turn out wrong, and nothing looked up yet.

use super::problem::Place;
use super::resolved::{Comparison, Conversion, Deletes};
use super::template::TemplateText;
use crate::record::{Name, Value};

/// Something, and where the file says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) it: T,
}

/// `[[relation]]`: a relation that the store does not know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RelationText {
    pub(crate) entity: At<String>,
    pub(crate) name: At<String>,
    pub(crate) to: At<String>,
    pub(crate) ours: At<String>,
    pub(crate) theirs: At<String>,
    pub(crate) many: bool,
}

/// `[[move]]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MoveText {
    pub(crate) place: Place,
    /// Several share what is written; none may be left out.
    pub(crate) entities: Vec<At<String>>,
    /// None where what is written is no template.
    pub(crate) document: Option<At<TemplateText>>,
    pub(crate) revision: Option<At<String>>,
    pub(crate) filter: Vec<ConditionText>,
    pub(crate) leave_out: Vec<At<String>>,
    pub(crate) nulls: Option<NullsText>,
    pub(crate) unique: Vec<At<String>>,
    pub(crate) deletes: Deletes,
    pub(crate) fields: FieldsText,
    pub(crate) stamps: Vec<FieldText>,
}

/// The fields of a document or of an embedded map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FieldsText {
    /// Where `"*" = "*"` stands: every field that no rule takes comes along under its own name. Without `fields` at
    /// all it is where they would be.
    pub(crate) rest: Option<Place>,
    pub(crate) rules: Vec<FieldText>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldText {
    pub(crate) name: At<Name>,
    pub(crate) rule: At<RuleText>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RuleText {
    Take { from: At<String>, convert: Option<At<Conversion>>, nulls: Option<NullsText> },
    Constant(Value),
    Text(TemplateText),
    Reference { relation: At<String>, many: bool, to: Option<At<TemplateText>> },
    Embed { relation: At<String>, fields: FieldsText, leave_out: Vec<At<String>> },
    List { relation: At<String>, of: Box<At<RuleText>> },
    Map(Vec<FieldText>),
    JsonText(Box<At<RuleText>>),
    Upload { from: At<String>, to: At<TemplateText>, over: u64, nulls: Option<NullsText> },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NullsText {
    Keep,
    LeaveOut,
    Default(Value),
}

/// One line of `where`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConditionText {
    pub(crate) of: At<String>,
    pub(crate) is: At<Comparison>,
}
