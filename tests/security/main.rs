//! `firestore.rules`, with users' tokens: what is allowed and what is not. Every check runs on hidane, and on Google's
//! emulator where it is installed, so that neither is trusted alone.

mod back;
mod data;
mod doors;
mod forwards;
mod migration;
mod settings;
mod shapes;
mod tombstones;

use rehome_servers::FirestoreServer;

const RULES: &str = include_str!("../../firestore.rules");

/// Defines for each check a test on hidane, and one test that puts Google's emulator through all of them: it takes
/// seconds to start.
macro_rules! checks {
    ($($module:ident :: $check:ident),+ $(,)?) => {
        mod on_hidane {
            $(#[tokio::test]
            async fn $check() {
                let server = super::FirestoreServer::hidane(Some(super::RULES)).unwrap();
                super::$module::$check(super::doors::Doors::to(&server)).await;
            })+
        }

        #[tokio::test]
        async fn all_of_it_on_googles_emulator() {
            let Some(server) = FirestoreServer::emulator(Some(RULES)).unwrap() else {
                println!("not run: Google's emulator of Firestore is not installed");
                return;
            };
            $(println!("{}", stringify!($check));
            $module::$check(doors::Doors::to(&server)).await;)+
        }
    };
}

checks! {
    data::a_user_has_all_rights_to_their_own_data,
    data::a_user_reaches_nothing_of_another_one,
    data::nothing_lies_open_beside_the_users,
    data::everybody_signed_in_reads_the_stop_document_and_nobody_writes_it,
    data::nobody_who_is_not_signed_in_reaches_anything,
    data::a_backfills_batch_goes_through,
    migration::a_whole_migration_tells_its_state,
    migration::two_devices_tell_theirs,
    migration::nobody_reads_or_writes_the_state_of_another,
    migration::nobody_starts_over_by_deleting_the_state,
    back::what_was_carried_and_is_unchanged_is_taken_back,
    migration::the_rest_of_meta_is_the_users,
    shapes::what_the_library_writes_is_allowed,
    shapes::an_installation_without_a_field_is_denied,
    shapes::an_installation_with_a_field_too_many_is_denied,
    shapes::an_installations_field_of_the_wrong_kind_or_range_is_denied,
    shapes::an_installation_under_an_id_that_is_none_is_denied,
    shapes::a_users_state_without_a_field_or_with_one_too_many_is_denied,
    shapes::a_users_field_of_the_wrong_kind_or_range_is_denied,
    forwards::a_status_never_goes_back_within_a_generation,
    forwards::a_users_status_never_goes_back_within_a_generation,
    forwards::a_generation_never_goes_back,
    forwards::a_later_generation_may_begin_with_any_status,
    tombstones::a_delete_and_its_tombstone_go_in_one_commit,
    tombstones::a_tombstone_that_is_none_is_denied_and_so_is_its_delete,
    tombstones::other_devices_of_the_user_read_all_of_them_and_nobody_else_does,
    tombstones::a_document_that_is_created_again_lifts_its_tombstone,
    settings::settings_of_the_right_kinds_are_allowed,
    settings::settings_of_the_wrong_kinds_are_denied,
    settings::settings_of_another_user_are_denied,
}
