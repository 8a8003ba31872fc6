//! Which column each property lies in. Core Data names columns by a rule that its model decides alone: the walk
//! through a hierarchy from parents to children, everything in the order of names, and a number behind a name that
//! is taken already.

use std::collections::HashMap;

use super::model::{Attribute, Model, Property, Relationship};

/// An entity's own property, and its columns.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Placed<'m> {
    /// One column for each of [`Attribute::leaves`].
    Attribute(&'m Attribute, Vec<String>),
    ToOne(&'m Relationship, String),
    /// Its rows are found from the other end.
    ToMany(&'m Relationship),
}

impl Placed<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Placed::Attribute(attribute, _) => &attribute.name,
            Placed::ToOne(relationship, _) | Placed::ToMany(relationship) => &relationship.name,
        }
    }
}

/// The properties that each entity declares itself, side by side with the model's entities.
pub(super) fn place(model: &Model) -> Vec<Vec<Placed<'_>>> {
    let mut placed = vec![Vec::new(); model.entities.len()];
    let children = children(model);
    for root in roots(model) {
        let mut taken = Taken::new();
        for entity in hierarchy(&children, root) {
            let own = model.entities[entity].properties.iter().map(|property| place_one(property, &mut taken));
            placed[entity] = own.collect();
        }
    }
    placed
}

/// All entities, parents before their children and otherwise by name.
pub(super) fn in_order(model: &Model) -> Vec<usize> {
    let children = children(model);
    roots(model).into_iter().flat_map(|root| hierarchy(&children, root)).collect()
}

fn place_one<'m>(property: &'m Property, taken: &mut Taken) -> Placed<'m> {
    match property {
        Property::Attribute(attribute) => {
            let columns = attribute.leaves().into_iter().map(|leaf| column(&leaf.name, taken)).collect();
            Placed::Attribute(attribute, columns)
        }
        Property::Relationship(relationship) if relationship.many => Placed::ToMany(relationship),
        Property::Relationship(relationship) => Placed::ToOne(relationship, column(&relationship.name, taken)),
    }
}

/// The names of columns in use, each with the number to try behind it next.
type Taken = HashMap<String, u32>;

/// `Z` and the name in capitals, with 1, 2, 3 … behind it where that is taken.
fn column(name: &str, taken: &mut Taken) -> String {
    let plain = format!("Z{}", name.to_uppercase());
    let Some(&first) = taken.get(&plain) else {
        taken.insert(plain.clone(), 1);
        return plain;
    };
    for number in first.. {
        let numbered = format!("{plain}{number}");
        if !taken.contains_key(&numbered) {
            taken.insert(plain, number + 1);
            taken.insert(numbered.clone(), 1);
            return numbered;
        }
    }
    plain
}

fn roots(model: &Model) -> Vec<usize> {
    let roots = (0..model.entities.len()).filter(|&place| model.entities[place].parent.is_none());
    by_name(model, roots.collect())
}

/// The children of each entity, by name.
fn children(model: &Model) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); model.entities.len()];
    for (place, entity) in model.entities.iter().enumerate() {
        if let Some(siblings) = entity.parent.and_then(|parent| children.get_mut(parent)) {
            siblings.push(place);
        }
    }
    children.into_iter().map(|siblings| by_name(model, siblings)).collect()
}

fn by_name(model: &Model, mut places: Vec<usize>) -> Vec<usize> {
    places.sort_by(|&one, &other| model.entities[one].name.cmp(&model.entities[other].name));
    places
}

/// An entity and everything below it, each child with its own children before the next child.
fn hierarchy(children: &[Vec<usize>], root: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(entity) = waiting.pop() {
        found.push(entity);
        waiting.extend(children[entity].iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::model::{AttributeKind, ModelEntity};
    use super::*;

    fn attribute(name: &str, elements: Vec<Attribute>) -> Attribute {
        let kind = if elements.is_empty() { AttributeKind::String } else { AttributeKind::Composite };
        Attribute {
            name: name.into(),
            kind,
            optional: true,
            external: false,
            transformer: None,
            elements,
            is_enum: false,
        }
    }

    fn entity(name: &str, parent: Option<usize>, attributes: &[&str]) -> ModelEntity {
        let properties = attributes.iter().map(|name| Property::Attribute(attribute(name, vec![]))).collect();
        ModelEntity { name: name.into(), parent, properties, ..ModelEntity::default() }
    }

    fn columns(model: &Model) -> Vec<Vec<String>> {
        let flat = |placed: Vec<Placed<'_>>| {
            let columns = placed.into_iter().map(|placed| match placed {
                Placed::Attribute(_, columns) => columns,
                Placed::ToOne(_, column) => vec![column],
                Placed::ToMany(_) => vec![],
            });
            columns.flatten().collect()
        };
        place(model).into_iter().map(flat).collect()
    }

    #[test]
    fn a_name_that_a_parent_or_an_earlier_cousin_has_taken_is_numbered() {
        let model = Model {
            entities: vec![
                entity("Z", Some(2), &["title"]),
                entity("B", Some(2), &["title"]),
                entity("Root", None, &["id"]),
                entity("C", Some(1), &["id", "title"]),
                entity("Other", None, &["title"]),
            ],
        };
        let expected: [&[&str]; 5] = [&["ZTITLE2"], &["ZTITLE"], &["ZID"], &["ZID1", "ZTITLE1"], &["ZTITLE"]];
        assert_eq!(columns(&model), expected);
        assert_eq!(in_order(&model), [4, 2, 1, 3, 0]);
    }

    #[test]
    fn the_parts_of_a_composite_come_in_their_own_order_and_without_its_name() {
        let parts = ["start", "end", "label"].map(|name| attribute(name, vec![]));
        let mut root = entity("Event", None, &["label"]);
        root.properties.push(Property::Attribute(attribute("range", parts.to_vec())));
        let columns = columns(&Model { entities: vec![root] });
        assert_eq!(columns, [["ZLABEL", "ZSTART", "ZEND", "ZLABEL1"]]);
    }
}
