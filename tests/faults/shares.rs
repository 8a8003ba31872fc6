//! A share of all calls goes wrong, in every way there is.

use std::time::Duration;

use rehome_core::backfill::{Retries, Settings};
use rehome_firestore_admin::{AdminConfig, AdminStore};
use rehome_servers::proxy::{Fault, Lost, Rule};
use tonic::Code;

use super::rig::{Rig, small};

const SHARES: [(f64, u64); 4] = [(0.01, 20_261_101), (0.1, 20_261_102), (0.25, 20_261_103), (0.5, 20_261_104)];

fn all() -> Vec<Fault> {
    let wait = Duration::from_secs(1);
    vec![
        Fault::Delay(Duration::from_millis(2)),
        Fault::Drop(Lost::Call),
        Fault::Drop(Lost::Connection),
        Fault::LoseAnswer(Lost::Call),
        Fault::LoseAnswer(Lost::Connection),
        Fault::CutAnswer(0),
        Fault::CutAnswer(7),
        Fault::code(Code::Unavailable),
        Fault::code(Code::Aborted),
        Fault::code(Code::Internal),
        Fault::code_afterwards(Code::DeadlineExceeded),
        Fault::code_afterwards(Code::Unknown),
        Fault::retry_after(Code::ResourceExhausted, wait),
        Fault::retry_after(Code::Unavailable, wait),
    ]
}

/// At a half, ten failures in a row happen to the most patient.
fn patient() -> Settings {
    let retries = Retries { attempts: 60, longest_wait: Duration::from_secs(5), ..Settings::default().retries };
    Settings { batch_records: 3, retries, ..small() }
}

#[tokio::test]
async fn a_phone_brings_everything_there_once() {
    for (share, seed) in SHARES {
        let rig = Rig::of(300).await;
        rig.control.settings(patient());
        rig.proxy.appoint(Rule::share(share, seed, all()));
        rig.runs_through().await;
        assert!(rig.proxy.tally().faults() > 0, "nothing went wrong");
    }
}

#[tokio::test]
async fn an_administrator_brings_everything_there_once() {
    for (share, seed) in SHARES {
        let rig = Rig::of(300).await;
        rig.control.settings(patient());
        let config = AdminConfig {
            project: rig.project().to_owned(),
            database: "(default)".to_owned(),
            endpoint: rig.endpoint(),
            service_account: None,
            deadline: Duration::from_secs(30),
        };
        let store = AdminStore::connect(config).await.unwrap();
        rig.proxy.appoint(Rule::share(share, seed, all()));
        let report = rig.run_into(&store).await.unwrap();
        rig.is_through(&report).await;
        assert!(rig.proxy.tally().faults() > 0, "nothing went wrong");
    }
}
