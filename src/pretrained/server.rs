//! A small HTTP server on this machine that answers as a test tells it, for as many requests as it has answers.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// How one request is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// What was asked for, from where the `Range` says.
    Whole,
    /// All of it, whatever the `Range` says.
    IgnoreRange,
    /// Promises what was asked for and hangs up after so many bytes of it.
    CutAfter(usize),
    /// A status and nothing else.
    Status(u16),
}

/// A server that is listening; its thread ends with its last answer.
pub(crate) struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Option<u64>>>>,
}

impl Server {
    pub fn start(file: &'static str, content: Vec<u8>, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/{file}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let serve = move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                let begin = request(&stream);
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(begin);
                // A client that hangs up is what some tests are about.
                let _ = respond(stream, &content, begin, answer);
            }
        };
        std::thread::Builder::new().name("server".into()).spawn(serve).unwrap();
        Self { url, asked }
    }

    /// Where each request so far wanted to begin; `None` without a `Range`.
    pub fn asked(&self) -> Vec<Option<u64>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn request(stream: &TcpStream) -> Option<u64> {
    let mut begin = None;
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap_or_default().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            begin = range.trim_end_matches('-').parse().ok();
        }
    }
    begin
}

fn respond(mut stream: TcpStream, content: &[u8], begin: Option<u64>, answer: Answer) -> std::io::Result<()> {
    let from = match answer {
        Answer::Whole | Answer::CutAfter(_) => begin.unwrap_or(0) as usize,
        Answer::IgnoreRange => 0,
        Answer::Status(status) => {
            let range = format!("Content-Range: bytes */{}\r\n", content.len());
            return write!(stream, "HTTP/1.1 {status} x\r\n{range}Content-Length: 0\r\nConnection: close\r\n\r\n");
        }
    };
    let rest = &content[from..];
    let (status, range) = match begin {
        Some(_) if from > 0 => {
            ("206 x", format!("Content-Range: bytes {from}-{}/{}\r\n", content.len() - 1, content.len()))
        }
        _ => ("200 x", String::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\n{range}Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    let sent = match answer {
        Answer::CutAfter(bytes) => bytes.min(rest.len()),
        _ => rest.len(),
    };
    stream.write_all(&rest[..sent])?;
    stream.flush()
}
