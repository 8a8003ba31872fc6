//! The Firestore store against real servers: every check runs on hidane, and on Google's emulator where it is
//! installed, so that neither is trusted alone.

mod admin;
mod calls;
mod contract;
mod serving;
mod sharing;
mod values;
mod watching;

use std::sync::Arc;

use rehome_core::stores::firestore::{Endpoint, FirestoreConfig, FirestoreStore};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::FaultProxy;

fn open(config: FirestoreConfig) -> Arc<FirestoreStore> {
    Arc::new(FirestoreStore::new(config).unwrap())
}

fn through(proxy: &FaultProxy, config: FirestoreConfig) -> Arc<FirestoreStore> {
    open(FirestoreConfig { endpoint: Endpoint::Emulator(proxy.address().to_string()), ..config })
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
    calls::a_named_database_is_another_one,
    contract::it_keeps_the_contract_of_a_target,
    contract::it_keeps_the_contract_of_a_source,
    contract::declared_relations_are_followed,
    contract::a_relation_that_leads_nowhere_is_told,
    sharing::a_live_apps_fields_survive_a_replace_and_keep_their_documents,
    sharing::a_rollback_leaves_what_a_live_app_has_fields_in,
    values::every_value_comes_back_as_it_was,
    watching::a_watch_sees_each_state,
    watching::a_watch_goes_on_where_its_token_says,
    admin::an_administrators_store_keeps_the_contract_of_a_target,
    admin::an_administrators_store_keeps_the_contract_of_a_source,
    admin::a_database_is_the_same_one_by_whatever_right_it_is_reached,
    admin::each_write_is_answered_for_itself,
    admin::of_a_batch_that_breaks_off_what_was_written_is_told,
}
