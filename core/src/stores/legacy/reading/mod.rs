//! Pages of records out of the tables of a store, whatever made it: on SQLite's own thread ([`worker`]) rows are walked
//! by key, around what is damaged, and leave as records with their relations resolved or as rejections with a reason.
//!
//! A shape is compiled against the layout once ([`selection`]) and its relations with it ([`relations`]); [`reader`]
//! answers questions, [`scan`] walks a table ([`damage`] and [`detours`] around what cannot be read) and [`lookup`]
//! finds rows by key. This room knows the layout and how a cell becomes a value. It does not know how a file was opened
//! or how a store came to describe itself; only the feed of changes and the facts of Core Data's stores are asked for
//! by name.

mod alike;
mod batch;
mod cell;
mod damage;
mod detours;
mod fields;
mod finds;
mod lookup;
mod place;
mod reader;
mod relations;
mod scan;
mod selection;
mod worker;

pub(crate) use worker::{Start, Worker};
