//! Tokens that expire in mid-run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rehome_core::backfill::Ended;
use rehome_core::error::ErrorKind;
use rehome_core::store::Answer;
use rehome_core::stores::firestore::{Token, TokenSource};
use rehome_servers::proxy::{Fault, Rule, ShortLivedTokens};
use tonic::Code;

use super::rig::Rig;

/// Tokens with a number, each of which is an administrator's to a server that looks at nobody's.
#[derive(Clone, Default)]
struct Numbered(Arc<AtomicU64>);

impl TokenSource for Numbered {
    fn token(&self, refresh: bool) -> Answer<'_, Token> {
        let fresh = u64::from(refresh);
        let number = self.0.fetch_add(fresh, Ordering::Relaxed) + fresh;
        Box::pin(async move { Ok(Token::bearer(format!("ya29.{number}"))) })
    }
}

#[tokio::test]
async fn a_token_that_expires_is_refreshed_and_nobody_notices() {
    let rig = Rig::of(300).await;
    rig.proxy.appoint(ShortLivedTokens::good_for(4));
    let tokens = Numbered::default();
    let report = rig.run_by(tokens.clone()).await.unwrap();
    let counters = rig.is_through(&report).await;
    assert_eq!(counters.retries, 0, "no call of the backfill's failed");
    assert!(tokens.0.load(Ordering::Relaxed) >= 3, "15 commits need more than three tokens");
}

#[tokio::test]
async fn who_is_signed_out_in_mid_run_goes_on_after_signing_in() {
    let rig = Rig::of(300).await;
    let signed_out = Rule::script([vec![Fault::Pass; 5], vec![Fault::code(Code::Unauthenticated); 100]].concat());
    rig.proxy.appoint(signed_out.of("Commit"));
    let report = rig.run().await.unwrap();
    let Ended::Later(error) = report.ended else { panic!("{:?}", report.ended) };
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(rig.proxy.tally().calls("Commit") < 20, "it does not try again and again");
    rig.proxy.dismiss();
    rig.runs_through().await;
}
