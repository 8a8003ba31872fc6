//! The clause about relations that a plan declares and the store knows nothing of.

use std::collections::HashSet;

use super::pages::follow;
use super::{Broken, Can, Holding, SourceFixture, ensure};
use crate::record::{Name, Reason, Record, Related, Value};
use crate::schema::KEY;
use crate::store::{Join, Page, RelationShape, Shape};

/// Declares relations between texts of the holding, which are nobody's keys, and the keys of its own entity, which lead
/// to nothing; and from text to the same text. It cannot where there are no such texts.
pub(super) async fn relations_lose_nothing_in_silence(
    fixture: &SourceFixture<'_>,
    holding: &Holding,
) -> Result<Can<()>, Broken> {
    let mut tried = Can::No("no text in what it holds is nobody's key");
    for (at, field) in holding.shape.fields.iter().enumerate() {
        if field.starts_with('@') || !is_text_and_no_key(holding, at) {
            continue;
        }
        let pages = read(fixture, holding, field, KEY, false).await?;
        for record in &holding.records {
            match record.values.get(at) {
                Some(Value::String(_)) => is_told_as_dangling(record, &pages)?,
                _ => leads_to_nothing(record, &pages)?,
            }
        }
        if holding.rejected.is_empty() {
            let same = read(fixture, holding, field, field, false).await?;
            holding.records.iter().try_for_each(|record| leads_to_its_like(record, at, holding, &same))?;
        }
        let by_key = read(fixture, holding, KEY, field, false).await?;
        holding.records.iter().try_for_each(|record| leads_to_nothing(record, &by_key))?;
        let many = read(fixture, holding, field, KEY, true).await?;
        holding.records.iter().try_for_each(|record| leads_to_nothing(record, &many))?;
        tried = Can::Yes(());
    }
    Ok(tried)
}

fn is_text_and_no_key(holding: &Holding, at: usize) -> bool {
    let records = holding.records.iter().map(|record| &record.id.key);
    let keys: HashSet<String> =
        records.chain(holding.rejected.iter().map(|(_, key)| key)).map(ToString::to_string).collect();
    let mut texts = 0;
    let is_so = holding.records.iter().all(|record| match record.values.get(at) {
        Some(Value::String(text)) => {
            texts += 1;
            !keys.contains(text)
        }
        value => value == Some(&Value::Null),
    });
    is_so && texts > 0
}

/// The holding's entity with a declared relation to itself, and nothing else.
async fn read(
    fixture: &SourceFixture<'_>,
    holding: &Holding,
    ours: &str,
    theirs: &str,
    many: bool,
) -> Result<Vec<Page>, Broken> {
    let shape = Shape::of(holding.shape.entity.clone(), &[]);
    let join = Join::Equal { ours: Name::from(ours), theirs: Name::from(theirs) };
    let relation = RelationShape { name: "declared".into(), join, many, shape: shape.clone() };
    let shape = Shape { relations: vec![relation], ..shape };
    follow(&*(fixture.open)().await?, &shape, None, 7).await
}

fn is_told(Record { id, .. }: &Record, reason: Reason, pages: &[Page]) -> bool {
    let mut rejected = pages.iter().flat_map(|page| &page.rejected);
    rejected.any(|told| told.entity == id.entity && told.key == id.key && told.reason == reason)
}

fn is_told_as_dangling(record: &Record, pages: &[Page]) -> Result<(), Broken> {
    let (is_told, id) = (is_told(record, Reason::Dangling, pages), &record.id);
    ensure!(is_told, "{id} names a record that is not there, by a declared relation, and is not told as dangling");
    Ok(())
}

fn found<'p>(Record { id, .. }: &Record, pages: &'p [Page]) -> Option<&'p Record> {
    pages.iter().flat_map(|page| &page.records).find(|record| record.id == *id)
}

/// By its own text a record leads to itself, or to several where others have the same.
fn leads_to_its_like(record: &Record, at: usize, holding: &Holding, pages: &[Page]) -> Result<(), Broken> {
    let (id, value) = (&record.id, record.values.get(at));
    if value == Some(&Value::Null) {
        return leads_to_nothing(record, pages);
    }
    if holding.records.iter().filter(|other| other.values.get(at) == value).count() > 1 {
        let is_told = is_told(record, Reason::DuplicateValue, pages);
        ensure!(is_told, "{id} leads to several by a declared relation that is to lead to one, and is not rejected");
        return Ok(());
    }
    let related = found(record, pages).map(|record| record.related.as_slice());
    let is_itself = matches!(related, Some([Related::One(Some(other))]) if other.id == *id);
    ensure!(is_itself, "{id} does not lead by a declared relation to the one record that has the same text");
    Ok(())
}

fn leads_to_nothing(record: &Record, pages: &[Page]) -> Result<(), Broken> {
    let id = &record.id;
    let is_empty = found(record, pages).is_some_and(|record| match record.related.as_slice() {
        [Related::One(other)] => other.is_none(),
        [Related::Many(others)] => others.is_empty(),
        _ => false,
    });
    ensure!(is_empty, "{id} names nobody by a declared relation, and does not come with one that is empty");
    Ok(())
}
