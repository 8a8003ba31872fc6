//! A record's values put into the order of a document's fields where they lie: most documents are their records in
//! another order, and a second list of values for each costs more than the check of what is in it.

use std::mem;

use crate::record::Value;

/// How to bring values into another order.
pub(crate) struct Reorder {
    /// Which two change places, one pair after the other.
    swaps: Vec<(usize, usize)>,
    /// How many values there must be at least.
    least: usize,
    /// How many are left.
    wanted: usize,
}

impl Reorder {
    /// An order in which the values at these positions come first; no position may be named twice.
    pub(crate) fn of(positions: &[usize]) -> Self {
        let least = positions.iter().max().map_or(0, |last| last + 1);
        let mut lies: Vec<usize> = (0..least).collect();
        let mut swaps = Vec::new();
        for (place, wanted) in positions.iter().enumerate() {
            let Some(from) = lies.iter().position(|position| position == wanted) else { continue };
            if from != place {
                lies.swap(place, from);
                swaps.push((place, from));
            }
        }
        Self { swaps, least, wanted: positions.len() }
    }

    /// Takes all values and gives back those that are wanted; none where there are too few.
    pub(crate) fn take(&self, values: &mut Vec<Value>) -> Option<Vec<Option<Value>>> {
        if values.len() < self.least {
            return None;
        }
        let mut values = mem::take(values);
        self.swaps.iter().for_each(|&(one, other)| values.swap(one, other));
        values.truncate(self.wanted);
        // A present value takes no more room than a value, so that this is the same list.
        Some(values.into_iter().map(Some).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_values_wanted_come_out_in_the_order_wanted(
            (positions, len) in (0_usize..12).prop_flat_map(|len| (Just((0..len).collect::<Vec<_>>()).prop_shuffle(), Just(len))),
            left_out in 0_usize..4,
        ) {
            let positions = &positions[left_out.min(len)..];
            let mut values: Vec<Value> = (0..len).map(|number| Value::Int(number as i64)).collect();
            let taken = Reorder::of(positions).take(&mut values);
            let wanted: Vec<_> = positions.iter().map(|&position| Some(Value::Int(position as i64))).collect();
            prop_assert!(taken == Some(wanted) && values.is_empty());
        }
    }

    #[test]
    fn a_record_with_too_few_values_keeps_them() {
        let mut values = vec![Value::Int(1), Value::Int(2)];
        assert!(Reorder::of(&[2, 0]).take(&mut values).is_none() && values.len() == 2);
    }
}
