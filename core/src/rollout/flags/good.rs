//! What was good last, for a later process: offline, or where a new text is wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::setting::Setting;
use super::table::Flag;
use super::told::{Flags, Source, Told};
use crate::record::Timestamp;
use crate::rollout::moment;

/// The texts that were valid when they were heard last, each with where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastGood(BTreeMap<String, Good>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Good {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(default, with = "moment")]
    fetched_at: Option<Timestamp>,
}

impl LastGood {
    /// What these flags have from afar, be it from now or from before.
    pub fn of(flags: &Flags) -> Self {
        let from_afar = Flag::ALL.into_iter().map(|flag| (flag, flags.heard(flag)));
        let from_afar =
            from_afar.filter(|(_, told)| matches!(told.source, Source::Remote | Source::Template | Source::LastGood));
        let good = from_afar.map(|(flag, told)| {
            let Told { setting, version, fetched_at, .. } = *told;
            (flag.name().to_owned(), Good { text: setting.to_string(), version, fetched_at })
        });
        Self(good.collect())
    }

    /// Whether these are the same texts, whenever they were heard.
    pub fn has_same_texts(&self, other: &Self) -> bool {
        let texts =
            |good: &Self| good.0.iter().map(|(name, good)| (name.clone(), good.text.clone())).collect::<Vec<_>>();
        texts(self) == texts(other)
    }

    /// What a flag was. A text that an earlier version of this library took and this one does not is none.
    pub(super) fn told(&self, flag: Flag) -> Option<Told> {
        let good = self.0.get(flag.name())?;
        let setting: Setting = flag.spec().allowed.read(&good.text)?;
        Some(Told { setting, source: Source::LastGood, version: good.version, fetched_at: good.fetched_at })
    }
}
