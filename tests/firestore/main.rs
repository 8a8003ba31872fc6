//! The Firestore store against real servers.

mod serving;
