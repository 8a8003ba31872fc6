//! Remote Config: our client, the double that stands for Google's service, and Firebase's own client for the web, which
//! keeps the double honest.

mod asking;
mod channel;
mod double;
mod fetching;
mod installing;
mod listening;
mod phone;
mod web;
