//! What tests of faults stand on: a line and a proxy that make things go wrong as they were told to, and nothing else.

mod calls;
mod line;
