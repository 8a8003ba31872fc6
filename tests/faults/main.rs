//! What goes wrong between a backfill and a real server: nothing is lost, nothing is written twice, and it gives up only
//! where going on is of no use. Its clock runs a hundred times as fast as ours, so that it is as patient as in an app.

mod calls;
mod lines;
mod rates;
mod rig;
mod shares;
mod tokens;
