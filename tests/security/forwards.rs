//! (generation, status) only grows.

use rehome_core::journal::Status;
use rehome_core::store::Write;

use crate::doors::{Doors, put};
use crate::shapes::{PHONE, USER, installation, user};

pub(crate) async fn a_status_never_goes_back_within_a_generation(doors: Doors) {
    let pairs = Status::ALL.into_iter().flat_map(|before| Status::ALL.map(|after| (before, after)));
    let address = |(before, after): (Status, Status)| format!("{PHONE}-{}-{}", before.word(), after.word());
    let there: Vec<Write> = pairs.clone().map(|pair| put(&address(pair), installation(3, pair.0))).collect();
    doors.owner.write(&there).await;
    for (before, after) in pairs {
        let update = put(&address((before, after)), installation(3, after));
        if after >= before {
            doors.ann.is_allowed(update).await;
        } else {
            doors.ann.is_denied(update, "and its update").await;
        }
    }
}

pub(crate) async fn a_users_status_never_goes_back_within_a_generation(doors: Doors) {
    for steps in Status::ALL.windows(2) {
        let &[before, after] = steps else { panic!("no two") };
        doors.ann.is_allowed(put(USER, user(3, before))).await;
        doors.ann.is_allowed(put(USER, user(3, after))).await;
        doors.ann.is_denied(put(USER, user(3, before)), "back again").await;
    }
}

pub(crate) async fn a_generation_never_goes_back(doors: Doors) {
    for (address, state) in [(PHONE, installation as fn(_, _) -> _), (USER, user)] {
        doors.owner.is_allowed(put(address, state(3, Status::Pending))).await;
        for after in Status::ALL {
            doors.ann.is_denied(put(address, state(2, after)), "in an earlier generation").await;
        }
    }
}

pub(crate) async fn a_later_generation_may_begin_with_any_status(doors: Doors) {
    for (address, state) in [(PHONE, installation as fn(_, _) -> _), (USER, user)] {
        doors.ann.is_allowed(put(address, state(1, Status::RolledBack))).await;
        for (generation, after) in (2..).zip(Status::ALL.into_iter().rev()) {
            doors.ann.is_allowed(put(address, state(generation, after))).await;
        }
    }
}
