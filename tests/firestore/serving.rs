//! The servers themselves: they start, listen, and end.

use std::net::TcpStream;

use rehome_servers::FirestoreServer;

#[test]
fn hidane_listens_until_it_is_dropped() {
    let server = FirestoreServer::hidane(None).unwrap();
    let address = server.address();
    assert!(TcpStream::connect(address).is_ok());
    assert_ne!(server.project().id(), server.project().id());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn wrong_rules_are_told_with_their_place() {
    let error = FirestoreServer::hidane(Some("service cloud.firestore { nonsense }")).unwrap_err().to_string();
    assert!(error.contains(":1:"), "{error}");
}

#[test]
fn googles_emulator_listens_until_it_is_dropped() {
    let Some(server) = FirestoreServer::emulator(None).unwrap() else {
        println!("not run: Google's emulator of Firestore is not installed");
        return;
    };
    let address = server.address();
    assert!(TcpStream::connect(address).is_ok());
    drop(server);
    assert!(TcpStream::connect(address).is_err());
}
