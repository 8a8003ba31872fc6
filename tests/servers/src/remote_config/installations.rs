//! Installations: who clients say they are, and the tokens that show it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::asked::Seen;
use super::reply::Reply;

/// Seven days, as Google's last.
const A_WEEK: u64 = 604_800;

#[derive(Debug)]
pub(super) struct Installations {
    /// By id: the token that renews, and the one that is good now.
    known: BTreeMap<String, Known>,
    count: u64,
    pub(super) last: u64,
}

#[derive(Debug)]
struct Known {
    renews: String,
    token: Option<String>,
}

impl Default for Installations {
    fn default() -> Self {
        Self { known: BTreeMap::new(), count: 0, last: A_WEEK }
    }
}

impl Installations {
    pub(super) fn create(&mut self, seen: &Seen) -> Reply {
        let text = |name: &str| seen.body.get(name).and_then(Value::as_str);
        let Some(fid) = text("fid").filter(|fid| is_fid(fid)) else {
            return Reply::refusal(400, "The FID is not one.", None);
        };
        if text("authVersion") != Some("FIS_v2") || text("appId").is_none() || text("sdkVersion").is_none() {
            return Reply::refusal(400, "authVersion, appId or sdkVersion is missing.", None);
        }
        self.count += 1;
        let renews = format!("renews-{fid}-{}", self.count);
        self.known.insert(fid.to_owned(), Known { renews: renews.clone(), token: None });
        let token = self.token(fid);
        let name = format!("projects/{}/installations/{fid}", super::PROJECT_NUMBER);
        Reply::json(json!({ "name": name, "fid": fid, "refreshToken": renews, "authToken": token }))
    }

    pub(super) fn renew(&mut self, seen: &Seen) -> Reply {
        let fid = seen.name.as_deref().unwrap_or_default();
        let Some(known) = self.known.get(fid) else {
            return Reply::refusal(404, "There is no such installation.", None);
        };
        if seen.header("authorization") != Some(&format!("FIS_v2 {}", known.renews)) {
            return Reply::refusal(401, "The token that renews is another one.", None);
        }
        let token = self.token(fid);
        Reply::json(token)
    }

    fn token(&mut self, fid: &str) -> Value {
        self.count += 1;
        let token = format!("token-{}", self.count);
        if let Some(known) = self.known.get_mut(fid) {
            known.token = Some(token.clone());
        }
        json!({ "token": token, "expiresIn": format!("{}s", self.last) })
    }

    /// Whether a request shows who it is from, in its header or in its body.
    pub(super) fn knows(&self, seen: &Seen) -> bool {
        let text = |snake: &str, camel: &str| {
            let value = seen.body.get(snake).or_else(|| seen.body.get(camel));
            value.and_then(Value::as_str)
        };
        let fid = text("app_instance_id", "appInstanceId").unwrap_or_default();
        let shown = seen
            .header("x-goog-firebase-installations-auth")
            .or_else(|| text("app_instance_id_token", "appInstanceIdToken"));
        let good = self.known.get(fid).and_then(|known| known.token.as_deref());
        good.is_some() && shown == good
    }

    pub(super) fn revoke(&mut self) {
        self.known.values_mut().for_each(|known| known.token = None);
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

fn is_fid(text: &str) -> bool {
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == 22 && matches!(text.as_bytes()[0], b'c'..=b'f') && text.bytes().all(of_base64)
}
