//! What happens to devices, and between them: a SwiftData store on each, a Firestore server with our rules, signed-in
//! users, and the proof at the end.

#[path = "../carrying/mod.rs"]
mod carrying;

mod administrator;
mod clock;
mod live;
mod overlap;
mod replaced;
mod signing_out;
mod stopped;
