//! What is in the collections that a plan writes, and what of it no record of this store accounts for.

use std::collections::BTreeMap;

use super::expected::Expecting;
use super::orphans::Orphans;
use super::patience::patiently;
use super::receipt::{Collection, Tally};
use super::run::{PAGE, Verification};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::addresses_only;
use crate::rules::collection_of;
use crate::spool::{Marker, Spool};

/// More collections than this are more than a device's user has.
const MOST: usize = 200_000;
/// So many documents are counted for the price of one read.
const COUNTED_FOR_A_READ: u64 = 1000;

/// All collections by their names without ids; the tally gains the documents in them that nobody accounts for, and
/// those that were carried for records that are gone.
pub(super) async fn collections(of: &Verification<'_>, tally: &mut Tally) -> Result<BTreeMap<String, Collection>> {
    let (marker, mut spool) = (Marker::default(), Spool::new(of.folder, "written"));
    let mut orphans = Orphans::of(of);
    let expected = expected(of, &marker, &mut spool, &mut orphans).await?;
    tally.orphaned = orphans.count(of).await?;
    let mut all: BTreeMap<String, Collection> = BTreeMap::new();
    let mut there = 0;
    for (collection, expected) in &expected {
        let count = patiently(of.clock, || of.target.count(collection)).await?;
        tally.billed_reads += count.div_ceil(COUNTED_FOR_A_READ).max(1);
        there += count;
        let sum = all.entry(collection_of(&format!("{collection}/-"))).or_default();
        sum.expected += expected;
        sum.there += count;
    }
    // What each collection has of ours is known by number, unless somebody else's may lie at an address. A sample never
    // lists: that would cost more than it saves.
    let is_known = tally.set_aside == 0 && tally.moved_meanwhile == 0;
    tally.others = if is_known || of.options.sample_percent.is_some() {
        there.saturating_sub(tally.documents - tally.missing - tally.deleted_there)
    } else {
        for collection in expected.keys() {
            tally.billed_reads += list(of, collection, &marker, &mut spool).await?;
        }
        spool.alone()?
    };
    Ok(all)
}

/// How many documents the plan puts into each collection; each of their addresses is spooled twice.
async fn expected(
    of: &Verification<'_>,
    marker: &Marker,
    spool: &mut Spool,
    orphans: &mut Orphans,
) -> Result<BTreeMap<String, u64>> {
    let plan = addresses_only(of.plan);
    let mut expecting = Expecting::new(&plan, of.target.rules(), of.context, of.uploads);
    let mut collections = BTreeMap::new();
    for (number, pass) in plan.passes.iter().enumerate() {
        let mut after = None;
        loop {
            let page = patiently(of.clock, || of.source.page(&pass.shape, after.as_ref(), PAGE)).await?;
            page.records.iter().try_for_each(|record| orphans.met(&record.id.entity, &record.id.key))?;
            page.rejected.iter().try_for_each(|one| orphans.met(&one.entity, &one.key))?;
            for (_, document) in expecting.of(number, page.records).await?.documents {
                let Some((collection, _)) = document.address.rsplit_once('/') else { continue };
                if let Some(count) = collections.get_mut(collection) {
                    *count += 1;
                } else if collections.len() == MOST {
                    return Err(too_many());
                } else {
                    collections.insert(collection.to_owned(), 1);
                }
                let mark = marker.mark(&document.address);
                spool.add(mark)?;
                spool.add(mark)?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(collections)
}

/// Spools the address of each document in a collection; answers with their number.
async fn list(of: &Verification<'_>, collection: &str, marker: &Marker, spool: &mut Spool) -> Result<u64> {
    let (mut after, mut listed) = (None, 0);
    loop {
        let page = patiently(of.clock, || of.target.list(collection, after.as_ref(), PAGE, Some(&[]))).await?;
        listed += page.records.len() as u64;
        page.records.iter().try_for_each(|(address, _)| spool.add(marker.mark(address)))?;
        after = page.next;
        if after.is_none() {
            return Ok(listed);
        }
    }
}

fn too_many() -> Error {
    let message = format!("the plan writes into more than {MOST} collections, more than can be counted one by one");
    Error::new(ErrorKind::Unsupported, message)
}
