//! What Remote Config's refusals mean, and what to do about each.

use serde_json::Value as Json;

use crate::failure::Failure;
use crate::terminal::clean;

/// The word by which a stale ETag is known, whatever the status.
const STALE: &str = "VERSION_MISMATCH";
/// And the one for a service that was never turned on.
const DISABLED: &str = "SERVICE_DISABLED";

pub(super) fn failure(status: u16, body: &[u8], project: &str) -> Failure {
    let body = serde_json::from_slice(body).unwrap_or(Json::Null);
    let said = body["error"]["message"].as_str().map(clean).unwrap_or_default();
    let is_disabled = body.to_string().contains(DISABLED);
    let message = match status {
        _ if said.contains(STALE) || matches!(status, 409 | 412) => {
            "somebody else has published since this template was fetched, and nothing of yours was published. Fetch it \
             again, look at what they changed, and make your change there"
                .to_owned()
        }
        400 => format!("Remote Config does not take this, and nothing was published: {said}"),
        401 => "the token is not taken; it may have expired. `gcloud auth print-access-token > FILE` makes a fresh one"
            .to_owned(),
        403 if is_disabled => format!(
            "the Remote Config API is turned off for project {project}: turn it on in Google Cloud's console, APIs & \
             Services"
        ),
        403 => format!(
            "this right does not reach that far: project {project} has to give the account the role \"Firebase Remote \
             Config Admin\""
        ),
        404 => format!("project {project} has no such template or version: `rehome flags versions` lists them"),
        429 => "Remote Config is asked too often. Nothing was published; try again in a minute".to_owned(),
        500.. => format!(
            "Remote Config has trouble of its own ({status}). `rehome flags get` shows what counts; then try again"
        ),
        _ => format!("Remote Config answers with status {status}: {said}"),
    };
    Failure::Work(message)
}
