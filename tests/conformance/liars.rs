//! Targets that break one promise each, for the suite to find.

use std::mem;

use super::*;

/// How a target may break its word.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    WritesNothing,
    OverwritesTheExisting,
    WritesHalfABatch,
    KeepsOldFields,
    LosesOthersFields,
    KeepsWhatASayLeavesOut,
    CutsValues,
    LooksInItsOwnOrder,
    HandsOverAnothersPlace,
    IgnoresTheMask,
    CountsMore,
    ListsBackwards,
    LeavesTheLastPageOut,
}

struct BrokenTarget {
    inner: MemoryTarget,
    lie: Lie,
}

impl BrokenTarget {
    async fn write_broken(&self, writes: &[Write]) -> Result<Vec<Outcome>> {
        let mut writes = writes.to_vec();
        for write in &mut writes {
            match self.lie {
                Lie::OverwritesTheExisting => write.condition = Condition::Always,
                Lie::CutsValues => {
                    let cut = |value: &mut Value| {
                        if let Value::Double(number) = value {
                            *number = number.trunc()
                        }
                    };
                    if let Some(Fields::All(content) | Fields::Among(content, _)) = &mut write.fields {
                        let mut map = mem::take(content).into_map();
                        map.values_mut().for_each(cut);
                        *content = map.into();
                    }
                }
                Lie::KeepsOldFields => {
                    let found = self.inner.look(std::slice::from_ref(&write.address), None).await?.pop().flatten();
                    let old = found.map(|found| found.fields).unwrap_or_default();
                    if let Some(Fields::All(content)) = &mut write.fields {
                        let ours = mem::take(content).into_map();
                        *content = old.into_iter().chain(ours).collect::<Map>().into();
                    }
                }
                Lie::LosesOthersFields => {
                    write.fields = write.fields.take().map(|fields| Fields::All(fields.into_content()));
                }
                Lie::KeepsWhatASayLeavesOut => {
                    if let Some(Fields::Among(content, say)) = &mut write.fields {
                        *say = Say::over(content.iter().map(|(name, _)| [name.clone()].into()));
                    }
                }
                _ => {}
            }
        }
        if self.lie == Lie::WritesHalfABatch && writes.len() == 3 {
            self.inner.write(&writes[..1]).await?;
        }
        if self.lie == Lie::WritesNothing {
            return Ok(vec![Outcome::Durable(None); writes.len()]);
        }
        self.inner.write(&writes).await
    }
}

impl Target for BrokenTarget {
    fn rules(&self) -> &Rules {
        self.inner.rules()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn write<'a>(&'a self, writes: &'a [Write]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(self.write_broken(writes))
    }

    fn look<'a>(&'a self, addresses: &'a [String], fields: Option<&'a [Name]>) -> Answer<'a, Vec<Option<Found>>> {
        Box::pin(async move {
            let fields = fields.filter(|_| self.lie != Lie::IgnoresTheMask);
            let mut found = self.inner.look(addresses, fields).await?;
            if self.lie == Lie::LooksInItsOwnOrder {
                found.sort_by_key(Option::is_none);
            }
            Ok(found)
        })
    }

    fn look_each<'a>(
        &'a self,
        addresses: &'a [String],
        fields: Option<&'a [Name]>,
        each: &'a mut (dyn FnMut(usize, Found) + Send),
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let last = addresses.len().saturating_sub(1);
            for (place, found) in self.look(addresses, fields).await?.into_iter().enumerate() {
                let place = if self.lie == Lie::HandsOverAnothersPlace { last - place } else { place };
                found.into_iter().for_each(|found| each(place, found));
            }
            Ok(())
        })
    }

    fn count<'a>(&'a self, collection: &'a str) -> Answer<'a, u64> {
        Box::pin(async move {
            let nested = u64::from(self.lie == Lie::CountsMore);
            Ok(self.inner.count(collection).await? + nested)
        })
    }

    fn list<'a>(
        &'a self,
        collection: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
        fields: Option<&'a [Name]>,
    ) -> Answer<'a, Listing> {
        Box::pin(async move {
            let mut listing = self.inner.list(collection, after, limit, fields).await?;
            match self.lie {
                Lie::ListsBackwards => listing.records.reverse(),
                Lie::LeavesTheLastPageOut if listing.next.is_none() => listing.records.clear(),
                _ => {}
            }
            Ok(listing)
        })
    }
}

#[tokio::test]
async fn the_suite_finds_a_target_that_breaks_its_word() {
    let lies = [
        (Lie::WritesNothing, "is not how many"),
        (Lie::OverwritesTheExisting, "over what is there, if nothing is there"),
        (Lie::WritesHalfABatch, "did not go as it answered"),
        (Lie::KeepsOldFields, "leaves fields of the one before"),
        (Lie::LosesOthersFields, "that it has no say in"),
        (Lie::KeepsWhatASayLeavesOut, "has a say in and does not bring"),
        (Lie::CutsValues, "comes back as"),
        (Lie::LooksInItsOwnOrder, "in their order"),
        (Lie::HandsOverAnothersPlace, "with another's place"),
        (Lie::IgnoresTheMask, "answers with others"),
        (Lie::CountsMore, "is not how many"),
        (Lie::ListsBackwards, "in the order of their addresses"),
        (Lie::LeavesTheLastPageOut, "in the order of their addresses"),
    ];
    for (lie, sentence) in lies {
        let capabilities = Capabilities { batches: Batches::Atomic, conditional: true };
        let inner = MemoryTarget::new(firestore::rules(), capabilities);
        let target: Arc<dyn Target> = Arc::new(BrokenTarget { inner, lie });
        let broken = conformance::target(&target_fixture(&target)).await.expect_err(&format!("{lie:?} was not found"));
        assert!(broken.to_string().contains(sentence), "{lie:?}: {broken}");
    }
}
