//! Models with something wrong in them.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::model_cache::read;
use super::super::{columns, model::Model};
use super::models::{Property, archive, attribute, below, drawn, to_many, to_one};
use crate::testkit::fuzz::{corpus, mutated, mutations};

/// Inflated, so that what goes wrong gets as far as the model.
static MODELS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let schedule = Property::Composite { name: "schedule", is_enum: false, parts: vec![attribute("days", 1000)] };
    let mood = Property::Composite { name: "mood", is_enum: true, parts: vec![attribute("mood", 700)] };
    let habits = [
        drawn("Habit", vec![attribute("title", 700), schedule, to_many("days", "Day", Some("habit"), true)]),
        drawn("Day", vec![attribute("date", 900), mood, to_one("habit", "Habit", "days")]),
    ];
    let family = [
        drawn("Base", vec![attribute("title", 700), Property::Fetched { name: "found" }]),
        below("Base", "Left", vec![attribute("note", 700)]),
        below("Left", "Deep", vec![to_many("others", "Base", None, false)]),
    ];
    corpus("model_cache", &[("habits", archive(&habits)), ("family", archive(&family))])
});

/// As far as a model alone can be followed.
fn follow(model: &Model) {
    let placed = columns::place(model);
    for place in columns::in_order(model) {
        assert!(model.line(place).count() <= model.entities.len());
        assert!(placed[place].len() <= model.entities[place].properties.len());
    }
}

fn stored(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(bytes, 0)
}

#[test]
fn the_corpus_is_read() {
    MODELS.iter().for_each(|bytes| follow(&read(&stored(bytes)).unwrap()));
}

proptest! {
    #[test]
    fn a_model_with_something_wrong_in_it_is_answered(mutations in mutations()) {
        for bytes in MODELS.iter() {
            if let Ok(model) = read(&stored(&mutated(bytes, &mutations))) {
                follow(&model);
            }
        }
    }

    #[test]
    fn a_deflated_model_with_something_wrong_in_it_is_answered(mutations in mutations()) {
        for bytes in MODELS.iter() {
            let deflated = miniz_oxide::deflate::compress_to_vec(bytes, 6);
            if let Ok(model) = read(&mutated(&deflated, &mutations)) {
                follow(&model);
            }
        }
    }

    #[test]
    fn noise_is_answered(noise: Vec<u8>) {
        prop_assert!(read(&noise).is_err());
    }
}
