//! Tokens that expire, which no emulator looks at.

use std::collections::HashMap;

use tonic::Code;

use super::{Call, Fault, Judge};

/// A judge that answers UNAUTHENTICATED to calls without a token, and with one that was good for long enough: until a
/// new one comes.
#[derive(Clone, Debug)]
pub struct ShortLivedTokens {
    life: u64,
    used: HashMap<String, u64>,
}

impl ShortLivedTokens {
    /// Each token is good for so many calls.
    pub fn good_for(calls: u64) -> Self {
        Self { life: calls, used: HashMap::new() }
    }
}

impl Judge for ShortLivedTokens {
    fn judge(&mut self, call: &Call) -> Option<Fault> {
        let is_good = call.token.as_ref().is_some_and(|token| {
            let used = self.used.entry(token.clone()).or_default();
            *used += 1;
            *used <= self.life
        });
        (!is_good).then(|| Fault::code(Code::Unauthenticated))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_so_many_calls_and_a_new_one_again() {
        let mut tokens = ShortLivedTokens::good_for(2);
        let mut passes = |token: Option<&str>| {
            let call = Call { method: "Commit".into(), token: token.map(str::to_owned), documents: Vec::new() };
            tokens.judge(&call).is_none()
        };
        assert_eq!([(); 4].map(|()| passes(Some("old"))), [true, true, false, false]);
        assert_eq!([(); 3].map(|()| passes(Some("new"))), [true, true, false]);
        assert!(!passes(Some("old")), "it is gone for good");
        assert!(!passes(None));
    }
}
