//! What a proxy does with calls, before a real server.

use std::time::Duration;

use googleapis_tonic_google_firestore_v1::google::firestore::v1::batch_get_documents_response::Result as Got;
use googleapis_tonic_google_firestore_v1::google::firestore::v1::firestore_client::FirestoreClient;
use googleapis_tonic_google_firestore_v1::google::firestore::v1::precondition::ConditionType;
use googleapis_tonic_google_firestore_v1::google::firestore::v1::write::Operation;
use googleapis_tonic_google_firestore_v1::google::firestore::v1::{
    BatchGetDocumentsRequest, BatchWriteRequest, CommitRequest, CommitResponse, Document, Precondition, Write,
};
use rehome_servers::FirestoreServer;
use rehome_servers::proxy::{Fault, FaultProxy, Lost, Rule, ShortLivedTokens};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

struct Rig {
    proxy: FaultProxy,
    client: FirestoreClient<Channel>,
    database: String,
    token: &'static str,
    _server: FirestoreServer,
}

impl Rig {
    async fn new() -> Self {
        let server = FirestoreServer::hidane(None).unwrap();
        let proxy = FaultProxy::before(server.address()).await.unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", proxy.address())).unwrap();
        let client = FirestoreClient::new(endpoint.connect_lazy());
        let database = format!("projects/{}/databases/(default)", server.project().id());
        Self { proxy, client, database, token: "Bearer owner", _server: server }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.parse().unwrap());
        request
    }

    /// A write that creates.
    fn write(&self, address: &str) -> Write {
        let name = format!("{}/documents/{address}", self.database);
        let absent = Precondition { condition_type: Some(ConditionType::Exists(false)) };
        Write {
            operation: Some(Operation::Update(Document { name, ..Document::default() })),
            current_document: Some(absent),
            ..Write::default()
        }
    }

    async fn commit(&mut self, addresses: &[&str]) -> Result<CommitResponse, Status> {
        let writes = addresses.iter().map(|address| self.write(address)).collect();
        let commit = CommitRequest { database: self.database.clone(), writes, ..CommitRequest::default() };
        let request = self.request(commit);
        self.client.commit(request).await.map(tonic::Response::into_inner)
    }

    async fn code(&mut self, addresses: &[&str]) -> Code {
        self.commit(addresses).await.map_or_else(|status| status.code(), |_| Code::Ok)
    }

    /// Whether these are there.
    async fn look(&mut self, addresses: &[&str]) -> Result<Vec<bool>, Status> {
        let name = |address| format!("{}/documents/{address}", self.database);
        let look = BatchGetDocumentsRequest {
            database: self.database.clone(),
            documents: addresses.iter().map(name).collect(),
            ..BatchGetDocumentsRequest::default()
        };
        let request = self.request(look);
        let mut answers = self.client.batch_get_documents(request).await?.into_inner();
        let mut there = Vec::new();
        while let Some(answer) = answers.message().await? {
            there.extend(answer.result.map(|got| matches!(got, Got::Found(_))));
        }
        Ok(there)
    }

    fn writes(&self, address: &str) -> u64 {
        self.proxy.tally().writes().get(address).copied().unwrap_or_default()
    }
}

#[tokio::test]
async fn calls_go_through_and_are_counted() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.code(&["a/1", "a/2"]).await, Code::Ok);
    assert_eq!(rig.code(&["a/2", "a/3"]).await, Code::AlreadyExists);
    assert_eq!(rig.look(&["a/1", "a/2", "a/3"]).await.unwrap(), [true, true, false]);
    let tally = rig.proxy.tally();
    assert_eq!((tally.calls("Commit"), tally.calls("BatchGetDocuments"), tally.faults()), (2, 1, 0));
    let writes: Vec<_> = tally.writes().iter().map(|(address, count)| (address.as_str(), *count)).collect();
    assert_eq!(writes, [("a/1", 1), ("a/2", 1)], "a commit that failed wrote nothing");
}

#[tokio::test]
async fn of_a_batch_only_what_was_written_is_counted() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.code(&["a/1"]).await, Code::Ok);
    let writes = ["a/1", "a/2"].map(|address| rig.write(address)).into();
    let batch = BatchWriteRequest { database: rig.database.clone(), writes, ..BatchWriteRequest::default() };
    let request = rig.request(batch);
    rig.client.batch_write(request).await.unwrap();
    assert_eq!((rig.writes("a/1"), rig.writes("a/2")), (1, 1));
}

#[tokio::test]
async fn a_lost_answer_is_of_a_write_that_happened() {
    for lost in [Lost::Call, Lost::Connection] {
        let mut rig = Rig::new().await;
        rig.proxy.appoint(Rule::nth(0, Fault::LoseAnswer(lost)).of("Commit"));
        let code = rig.code(&["a/1"]).await;
        assert!(matches!(code, Code::Cancelled | Code::Unknown | Code::Unavailable), "{lost:?}: {code:?}");
        assert_eq!(rig.code(&["a/1"]).await, Code::AlreadyExists);
        assert_eq!(rig.writes("a/1"), 1);
    }
}

#[tokio::test]
async fn a_dropped_call_did_not_happen() {
    for lost in [Lost::Call, Lost::Connection] {
        let mut rig = Rig::new().await;
        rig.proxy.appoint(Rule::nth(0, Fault::Drop(lost)));
        assert!(rig.commit(&["a/1"]).await.is_err());
        assert_eq!(rig.writes("a/1"), 0);
        assert_eq!(rig.code(&["a/1"]).await, Code::Ok);
    }
}

#[tokio::test]
async fn any_status_is_answered_before_the_write_or_after_it() {
    let codes = (1..=16).map(Code::from_i32);
    for code in codes {
        let mut rig = Rig::new().await;
        rig.proxy.appoint(Rule::script([Fault::code(code), Fault::code_afterwards(code)]).of("Commit"));
        assert_eq!(rig.code(&["a/1"]).await, code);
        assert_eq!(rig.look(&["a/1"]).await.unwrap(), [false]);
        assert_eq!(rig.code(&["a/1"]).await, code);
        assert_eq!(rig.look(&["a/1"]).await.unwrap(), [true]);
        assert_eq!(rig.proxy.tally().faults(), 2);
    }
}

#[tokio::test]
async fn a_status_says_when_to_try_again() {
    let mut rig = Rig::new().await;
    let delay = Duration::from_millis(1500);
    rig.proxy.appoint(Rule::every(Fault::retry_after(Code::ResourceExhausted, delay)));
    let status = rig.commit(&["a/1"]).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.get_details_retry_info().and_then(|info| info.retry_delay), Some(delay));
}

#[tokio::test]
async fn an_answer_is_cut_or_stops() {
    let mut rig = Rig::new().await;
    rig.commit(&["a/1", "a/2"]).await.unwrap();
    for bytes in [0, 3, 20, 10_000] {
        rig.proxy.dismiss();
        rig.proxy.appoint(Rule::script([Fault::CutAnswer(bytes), Fault::FallSilent(bytes)]));
        assert!(rig.look(&["a/1", "a/2"]).await.is_err(), "{bytes}: its status was lost");
        let silent = tokio::time::timeout(Duration::from_millis(100), rig.look(&["a/1", "a/2"])).await;
        assert!(silent.is_err(), "{bytes}: it never ends");
    }
    assert_eq!(rig.look(&["a/1", "a/2"]).await.unwrap(), [true, true]);
}

#[tokio::test]
async fn a_silent_call_never_reaches_the_server() {
    let mut rig = Rig::new().await;
    rig.proxy.appoint(Rule::nth(0, Fault::Silence).of("Commit"));
    let write = rig.write("a/1");
    let commit = CommitRequest { database: rig.database.clone(), writes: vec![write], ..CommitRequest::default() };
    let (mut client, request) = (rig.client.clone(), rig.request(commit));
    let call = tokio::spawn(async move { client.commit(request).await });
    rig.proxy.until(|tally| tally.calls("Commit") == 1).await;
    assert_eq!(rig.look(&["a/1"]).await.unwrap(), [false], "others are heard on the same connection");
    assert!(!call.is_finished());
    call.abort();
}

#[tokio::test]
async fn calls_without_a_fresh_token_are_turned_away() {
    let mut rig = Rig::new().await;
    rig.proxy.appoint(ShortLivedTokens::good_for(1));
    assert_eq!(rig.code(&["a/1"]).await, Code::Ok);
    assert_eq!(rig.code(&["a/2"]).await, Code::Unauthenticated);
    rig.token = "Bearer another";
    assert_ne!(rig.code(&["a/2"]).await, Code::Unauthenticated);
}

#[tokio::test]
async fn with_half_of_the_calls_going_wrong_everything_is_written_once_by_who_looks() {
    let mut rig = Rig::new().await;
    let faults = [
        Fault::Drop(Lost::Call),
        Fault::Drop(Lost::Connection),
        Fault::LoseAnswer(Lost::Call),
        Fault::LoseAnswer(Lost::Connection),
        Fault::code(Code::Unavailable),
        Fault::code_afterwards(Code::DeadlineExceeded),
    ];
    rig.proxy.appoint(Rule::share(0.5, 20_261_120, faults).of("Commit"));
    for id in 0..100 {
        let address = format!("a/{id}");
        while !matches!(rig.code(&[&address]).await, Code::Ok | Code::AlreadyExists) {}
    }
    let tally = rig.proxy.tally();
    assert_eq!(tally.writes().len(), 100);
    assert!(tally.writes().values().all(|count| *count == 1));
    assert!(tally.calls("Commit") > 110, "some were tried again");
}
