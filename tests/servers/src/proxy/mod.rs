//! What can go wrong between a client and a server, on demand, by script and by seed.
//!
//! A [`Line`] knows connections and bytes: it refuses, cuts, delays and falls silent. A [`FaultProxy`] knows gRPC
//! calls: each may be given a [`Fault`] by the [`Judge`]s that a test appoints, and it counts what came through. Either
//! can stand before the other. Both hang on the runtime that they are started in, and end with the value.

mod call;
mod ended;
mod fault;
mod judge;
mod limiter;
mod line;
mod server;
mod tally;
mod tokens;
mod writes;

pub use call::Call;
pub use fault::{Fault, Lost};
pub use judge::{Judge, Rule};
pub use limiter::Limiter;
pub use line::Line;
pub use server::FaultProxy;
pub use tally::Tally;
pub use tokens::ShortLivedTokens;
