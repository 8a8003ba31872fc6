//! What a line does with connections and bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rehome_servers::proxy::Line;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const WORD: &[u8] = b"hello, you";

/// A server that says everything back.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    address
}

async fn say(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    stream.write_all(WORD).await?;
    let mut answer = vec![0; WORD.len()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// What still comes until the connection ends or breaks.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // Whether it ends or breaks is the system's to say.
    let _ = stream.read_to_end(&mut rest).await;
    rest
}

#[tokio::test]
async fn bytes_pass_and_an_end_too() {
    let line = Line::to(echo().await).await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert_eq!(say(&mut stream).await.unwrap(), WORD);
    stream.write_all(WORD).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(rest(&mut stream).await, WORD, "what was underway arrives before the end");
    assert_eq!(line.connections(), 1);
}

#[tokio::test]
async fn a_refusing_line_is_as_if_nobody_were_there() {
    let line = Line::to(echo().await).await.unwrap();
    let mut open = TcpStream::connect(line.address()).await.unwrap();
    assert_eq!(say(&mut open).await.unwrap(), WORD);
    for _ in 0..3 {
        line.refuse().await;
        let refused = TcpStream::connect(line.address()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(say(&mut open).await.unwrap(), WORD, "who is connected stays so");
        line.recover().await;
        let mut stream = TcpStream::connect(line.address()).await.unwrap();
        assert_eq!(say(&mut stream).await.unwrap(), WORD);
    }
}

#[tokio::test]
async fn a_cut_breaks_what_is_open_and_nothing_later() {
    let line = Line::to(echo().await).await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert_eq!(say(&mut stream).await.unwrap(), WORD);
    line.cut();
    assert_eq!(rest(&mut stream).await, b"");
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    assert_eq!(say(&mut stream).await.unwrap(), WORD);
}

#[tokio::test]
async fn a_cut_in_mid_answer_lets_just_so_many_bytes_pass() {
    for bytes in [0, 1, 9, 10, 15] {
        let line = Line::to(echo().await).await.unwrap();
        line.cut_after(bytes);
        let mut stream = TcpStream::connect(line.address()).await.unwrap();
        stream.write_all(&[WORD, WORD].concat()).await.unwrap();
        assert_eq!(rest(&mut stream).await, [WORD, WORD].concat()[..bytes as usize]);
        let mut stream = TcpStream::connect(line.address()).await.unwrap();
        assert_eq!(say(&mut stream).await.unwrap(), WORD, "it happens once");
    }
}

#[tokio::test]
async fn a_half_open_line_takes_connections_and_says_nothing_until_it_recovers() {
    let line = Line::to(echo().await).await.unwrap();
    let mut open = TcpStream::connect(line.address()).await.unwrap();
    assert_eq!(say(&mut open).await.unwrap(), WORD);
    line.fall_silent();
    let mut new = TcpStream::connect(line.address()).await.unwrap();
    line.has_taken(2).await;
    for stream in [&mut open, &mut new] {
        stream.write_all(WORD).await.unwrap();
        let answer = stream.read_u8();
        assert!(tokio::time::timeout(Duration::from_millis(50), answer).await.is_err(), "nobody answers");
    }
    line.recover().await;
    for stream in [&mut open, &mut new] {
        let mut answer = vec![0; WORD.len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, WORD);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_takes_a_round_trip_longer() {
    let round_trip = Duration::from_millis(50);
    let line = Line::with_round_trip(echo().await, round_trip).await.unwrap();
    let mut stream = TcpStream::connect(line.address()).await.unwrap();
    let begun = Instant::now();
    assert_eq!(say(&mut stream).await.unwrap(), WORD);
    assert!(begun.elapsed() >= round_trip);
}
