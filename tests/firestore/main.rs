//! The Firestore store against real servers: every check runs on hidane, and on Google's emulator where it is
//! installed, so that neither is trusted alone.

mod contract;
mod serving;

use std::sync::Arc;

use rehome_core::stores::firestore::{FirestoreConfig, FirestoreStore};
use rehome_servers::FirestoreServer;

fn open(config: FirestoreConfig) -> Arc<FirestoreStore> {
    Arc::new(FirestoreStore::new(config).unwrap())
}

/// Defines for each check a test on hidane, and one test that puts Google's emulator through all of them: it takes
/// seconds to start, and gigabytes if there were several.
macro_rules! checks {
    ($($module:ident :: $check:ident),+ $(,)?) => {
        mod on_hidane {
            $(#[tokio::test]
            async fn $check() {
                let server = super::FirestoreServer::hidane(None).unwrap();
                super::$module::$check(&server).await;
            })+
        }

        #[tokio::test]
        async fn all_of_it_on_googles_emulator() {
            let Some(server) = FirestoreServer::emulator(None).unwrap() else {
                println!("not run: Google's emulator of Firestore is not installed");
                return;
            };
            $(println!("{}", stringify!($check));
            $module::$check(&server).await;)+
        }
    };
}

checks! {
    contract::it_keeps_the_contract_of_a_target,
    contract::it_keeps_the_contract_of_a_source,
    contract::declared_relations_are_followed,
    contract::a_relation_that_leads_nowhere_is_told,
}
