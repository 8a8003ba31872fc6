//! Models that nobody drew.

use super::super::model_cache::{ModelError, read};
use super::models::{Drawn, archive, attribute, below, cache, drawn, to_many};
use crate::stores::legacy::values::archive::ArchiveError;
use crate::testkit::bplist::{Archiver, Item};

fn deflated(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(bytes, 6)
}

fn built(build: impl FnOnce(&mut Archiver) -> Item) -> Result<super::super::model::Model, ModelError> {
    let mut archiver = Archiver::new();
    let root = build(&mut archiver);
    read(&deflated(&archiver.finish(root)))
}

#[test]
fn a_bomb_is_not_inflated() {
    let bomb = deflated(&vec![0; 9 << 20]);
    assert!(bomb.len() < 50_000);
    assert_eq!(read(&bomb), Err(ModelError::TooLarge));
}

#[test]
fn a_model_cut_off_anywhere_is_an_error() {
    let good = cache(&[drawn("Habit", vec![attribute("title", 700), to_many("days", "Habit", None, false)])]);
    assert!(read(&good).is_ok());
    assert!((0..good.len()).all(|length| read(&good[..length]).is_err()));
    let archive = archive(&[drawn("Habit", vec![attribute("title", 700)])]);
    assert!((0..archive.len()).all(|length| read(&deflated(&archive[..length])).is_err()));
}

#[test]
fn an_entity_that_inherits_from_itself_is_an_error() {
    let circle = [below("B", "A", vec![]), below("C", "B", vec![]), below("A", "C", vec![])];
    assert!(matches!(read(&cache(&circle)), Err(ModelError::Parent(_))));
    assert!(matches!(read(&cache(&[below("A", "A", vec![])])), Err(ModelError::Parent(_))));
}

#[test]
fn two_entities_of_one_name_are_an_error() {
    let twice: [Drawn; 2] = [drawn("A", vec![]), drawn("A", vec![])];
    assert_eq!(read(&cache(&twice)), Err(ModelError::Twice("A".into())));
}

#[test]
fn what_is_missing_is_said() {
    let error = |fields: Vec<(&str, Item)>| {
        built(|archiver| {
            let entity = archiver.object(&["NSEntityDescription"], fields);
            let entities = archiver.dictionary(vec![("A", entity)]);
            archiver.object(&["NSManagedObjectModel"], vec![("NSEntities", entities)])
        })
        .unwrap_err()
    };
    assert_eq!(error(vec![]), ModelError::Lacks("an entity's list of properties"));
    assert_eq!(error(vec![("NSProperties", Item::Uid(999))]), ModelError::Archive(ArchiveError::Reference));
    let error = built(|archiver| archiver.object(&["NSManagedObjectModel"], vec![])).unwrap_err();
    assert_eq!(error, ModelError::Lacks("the list of its entities"));
    assert_eq!(built(|_| Archiver::null()).unwrap_err(), ModelError::Lacks("an object that is referred to"));
}

#[test]
fn a_composite_that_is_part_of_itself_is_an_error() {
    let model = built(|archiver| {
        let composite = archiver.reserve();
        let parts = archiver.array(vec![composite.clone()]);
        let name = archiver.text("a");
        let fields =
            vec![("NSPropertyName", name), ("NSAttributeType", Item::Int(2100)), ("NSCompositeElements", parts)];
        archiver.fill(&composite, &["NSCompositeAttributeDescription"], fields);
        let properties = archiver.dictionary(vec![("a", composite)]);
        let name = archiver.text("A");
        let fields = vec![("NSEntityName", name), ("NSProperties", properties)];
        let entity = archiver.object(&["NSEntityDescription"], fields);
        let entities = archiver.dictionary(vec![("A", entity)]);
        archiver.object(&["NSManagedObjectModel"], vec![("NSEntities", entities)])
    });
    assert_eq!(model, Err(ModelError::TooLarge));
}

#[test]
fn a_small_archive_that_means_millions_of_properties_is_an_error() {
    let model = built(|archiver| {
        let name = archiver.text("a");
        let fields = vec![("NSPropertyName", name.clone()), ("NSAttributeType", Item::Int(700))];
        let property = archiver.object(&["NSAttributeDescription"], fields);
        let names = Item::Array(vec![name; 100_000]);
        let fields = vec![("NS.keys", names), ("NS.objects", Item::Array(vec![property; 100_000]))];
        let properties = archiver.object(&["NSDictionary"], fields);
        let entities: Vec<Item> = (0..20)
            .map(|number| {
                let name = archiver.text(&format!("E{number}"));
                let fields = vec![("NSEntityName", name), ("NSProperties", properties.clone())];
                archiver.object(&["NSEntityDescription"], fields)
            })
            .collect();
        let entities = archiver.array(entities);
        archiver.object(&["NSManagedObjectModel"], vec![("NSEntities", entities)])
    });
    assert_eq!(model, Err(ModelError::TooLarge));
}
