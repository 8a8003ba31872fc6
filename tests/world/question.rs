//! A question over HTTP, of which this knows no more than tests need: a line, and an answer in JSON.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::world::World;

pub(crate) struct Question {
    stream: TcpStream,
    path: String,
    arguments: BTreeMap<String, String>,
}

impl Question {
    pub(crate) fn read(stream: TcpStream) -> io::Result<Self> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let first = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        // What comes before the empty line is of no interest; whoever sends it wants it to be read.
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let target = first.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let arguments = pairs.map(|(name, value)| (name.to_owned(), unescaped(value))).collect();
        Ok(Self { path: path.to_owned(), arguments, stream })
    }

    pub(crate) fn answer(mut self, world: &World) -> io::Result<()> {
        let argument = |name: &str| self.arguments.get(name).map(String::as_str);
        let (status, body) = match world.ask(&self.path, &argument) {
            Ok(answer) => ("200 OK", answer),
            Err(why) => ("400 Bad Request", serde_json::json!({ "error": why })),
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        self.stream.write_all((head + &body).as_bytes())
    }
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten();
        let escaped = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
