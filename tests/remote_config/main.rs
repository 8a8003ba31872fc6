//! Remote Config: the double that stands for Google's service.

mod asking;
mod double;
