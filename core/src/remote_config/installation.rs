//! Who asks: an installation of the app, by an id of its own making and a token that shows that it is the one.

use serde::Deserialize;
use serde_json::json;

use super::RemoteConfig;
use super::dice::Dice;
use super::failure::Failure;
use super::http::{Answer, Question, is_sendable};
use super::kept::{AuthToken, Registered};
use super::problem::Problem;
use crate::record::base64;

const AUTH_VERSION: &str = "FIS_v2";
/// A token is renewed so long before it ends, in milliseconds.
const BEFORE_ITS_END: i64 = 60 * 60 * 1000;
/// No token is believed to be good for longer.
const A_YEAR: i64 = 366 * 24 * 60 * 60;
const LONGEST_TOKEN: usize = 8 * 1024;

/// The id of an installation, and a token that is good.
pub(super) struct Identity {
    pub(super) fid: String,
    pub(super) token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    fid: Option<String>,
    refresh_token: String,
    auth_token: Given,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    token: String,
    expires_in: String,
}

impl RemoteConfig {
    /// Who we are. The token that we have, where that is good; `refresh` says that it is not, however good it looks.
    pub(super) async fn identity(&self, refresh: bool) -> Result<Identity, Failure> {
        // Whoever asks meanwhile waits, so that there is one installation and not two.
        let _one = self.identifying.lock().await;
        let (fid, registered) = {
            let kept = self.kept();
            (kept.fid.clone(), kept.registered.clone())
        };
        if let (Some(fid), Some(registered)) = (fid, registered) {
            if !refresh && registered.token.is_good(self.now()) {
                return Ok(Identity { fid, token: registered.token.token });
            }
            match self.renew(&fid, &registered.renews).await {
                // It was deleted elsewhere: then this is a new one.
                Err(Failure::Problem(Problem::Refused { status: 401 | 404 })) => {
                    (self.kept().fid, self.kept().registered) = (None, None)
                }
                renewed => return renewed,
            }
        }
        match self.register().await {
            // Another one has this id already.
            Err(Failure::Problem(Problem::Refused { status: 409 })) => {
                self.kept().fid = None;
                self.register().await
            }
            registered => registered,
        }
    }

    async fn register(&self) -> Result<Identity, Failure> {
        let fid = self.kept().fid.get_or_insert_with(|| new_fid(self.dice.as_ref())).clone();
        // An id that was shown once is kept, whether or not its answer arrives; if it cannot be, flags matter more.
        let _ = self.save().await;
        let body = json!({
            "fid": fid, "authVersion": AUTH_VERSION, "appId": self.app.app_id, "sdkVersion": sdk_version(),
        });
        let question = Question { url: self.installations(""), headers: self.key_headers(), body };
        let answer = self.ask_twice(question).await?;
        let created: Created = understood(&answer)?;
        let fid = created.fid.filter(|fid| !fid.is_empty()).unwrap_or(fid);
        if !is_fid(&fid) || !is_token(&created.refresh_token) {
            return Err(Problem::Garbled.into());
        }
        let token = self.taken(created.auth_token)?;
        Ok(self.remember(fid, Registered { renews: created.refresh_token, token }).await)
    }

    async fn renew(&self, fid: &str, renews: &str) -> Result<Identity, Failure> {
        let mut headers = self.key_headers();
        headers.push(("authorization", format!("{AUTH_VERSION} {renews}")));
        let body = json!({ "installation": { "sdkVersion": sdk_version(), "appId": self.app.app_id } });
        let url = self.installations(&format!("/{fid}/authTokens:generate"));
        let answer = self.ask_twice(Question { url, headers, body }).await?;
        let token = self.taken(understood(&answer)?)?;
        Ok(self.remember(fid.to_owned(), Registered { renews: renews.to_owned(), token }).await)
    }

    async fn remember(&self, fid: String, registered: Registered) -> Identity {
        let token = registered.token.token.clone();
        {
            let mut kept = self.kept();
            (kept.fid, kept.registered) = (Some(fid.clone()), Some(registered));
        }
        let _ = self.save().await;
        Identity { fid, token }
    }

    /// Once more where the service says that it was at fault.
    async fn ask_twice(&self, question: Question) -> Result<Answer, Failure> {
        let mut answer = self.http.ask(question.clone()).await?;
        if (500..600).contains(&answer.head.status) {
            answer = self.http.ask(question).await?;
        }
        if (200..300).contains(&answer.head.status) { Ok(answer) } else { Err(Failure::of(&answer)) }
    }

    fn taken(&self, given: Given) -> Result<AuthToken, Failure> {
        let seconds = given.expires_in.trim_end_matches('s').split('.').next().and_then(|text| text.parse().ok());
        let seconds: i64 = seconds.filter(|seconds| (1..=A_YEAR).contains(seconds)).ok_or(Problem::Garbled)?;
        if !is_token(&given.token) {
            return Err(Problem::Garbled.into());
        }
        let since = self.now();
        Ok(AuthToken { token: given.token, since, until: since.saturating_add(seconds * 1000) })
    }
}

impl AuthToken {
    /// One from the future says nothing: the clock was set.
    fn is_good(&self, now: i64) -> bool {
        self.since <= now && now.saturating_add(BEFORE_ITS_END) < self.until
    }
}

fn understood<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_| Problem::Garbled.into())
}

fn sdk_version() -> String {
    format!("r:{}", env!("CARGO_PKG_VERSION"))
}

fn is_token(token: &str) -> bool {
    token.len() <= LONGEST_TOKEN && is_sendable(token)
}

/// An id as Firebase's clients make them: 22 letters of base 64 that begin with four bits of 0111.
fn new_fid(dice: &dyn Dice) -> String {
    let mut bytes: Vec<u8> = (0..3).flat_map(|_| dice.roll().to_be_bytes()).take(17).collect();
    bytes[0] = 0x70 | bytes[0] & 0x0f;
    let text = base64::encode(&bytes).replace('+', "-").replace('/', "_");
    text.chars().take(22).collect()
}

fn is_fid(text: &str) -> bool {
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == 22 && text.starts_with(['c', 'd', 'e', 'f']) && text.bytes().all(of_base64)
}

#[cfg(test)]
mod tests {
    use super::super::dice::SystemDice;
    use super::*;

    #[test]
    fn ids_are_as_firebases_clients_make_them_and_never_the_same() {
        let dice = SystemDice::default();
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| new_fid(&dice)).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| is_fid(id)), "{ids:?}");
        assert!("cdef".chars().all(|first| ids.iter().any(|id| id.starts_with(first))));
    }
}
