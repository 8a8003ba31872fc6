//! (generation, status) only grows.

use rehome_core::journal::Status;

use crate::doors::{Doors, put};
use crate::shapes::{PHONE, USER, installation, user};

pub(crate) async fn a_status_never_goes_back_within_a_generation(doors: Doors) {
    for before in Status::ALL {
        for after in Status::ALL {
            for (address, state) in [(PHONE, installation as fn(_, _) -> _), (USER, user)] {
                doors.owner.is_allowed(put(address, state(3, before))).await;
                let update = put(address, state(3, after));
                if after >= before {
                    doors.ann.is_allowed(update).await;
                } else {
                    doors.ann.is_denied(update, &format!("from {before:?} to {after:?}")).await;
                }
            }
        }
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
