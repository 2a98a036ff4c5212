//! Fetching one file: into a `.part` beside its place, on from where an earlier attempt stopped, checked by its hash, and
//! put in place in one step.

use super::error::DownloadError;
use crate::files::hash::sha256_file;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::http::{Response, header};

/// Seconds after which a server that says nothing is given up; a cancel is noticed within them.
const PATIENCE: u64 = 20;
/// Connections in a row that may bring nothing new.
const IDLE: usize = 3;
const PIECE: usize = 1 << 16;

/// What is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// https; plain http is only spoken to this very machine, as tests do.
    pub url: &'a str,
    /// The beginning of the file's SHA-256, hexadecimal.
    pub sha256_prefix: &'a str,
    /// Its size as far as it is known beforehand.
    pub bytes: u64,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes there, those of earlier attempts included.
    pub done: u64,
    pub total: u64,
}

/// What a listener answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    On,
    Stop,
}

/// The file that is being received.
pub(super) fn part_of(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    place.with_file_name(name)
}

/// Why one connection did not bring the rest.
enum Trouble {
    /// Worth another connection while each brings something.
    Again(DownloadError),
    /// Not worth one.
    Final(DownloadError),
}

/// Fetches a file to its place unless it is there.
///
/// # Errors
/// A sentence that says what to do. What was received stays in the `.part` unless its hash is wrong.
pub fn fetch(
    source: &Source<'_>,
    place: &Path,
    listen: &mut dyn FnMut(Progress) -> Going,
) -> Result<(), DownloadError> {
    if place.is_file() {
        return Ok(());
    }
    let part = part_of(place);
    let write = |error| DownloadError::Write { path: part.clone(), source: error };
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(write)?;
    }
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part).map_err(write)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DownloadError::Busy { path: part }),
        // Where a file system knows no locks, the hash still tells whether two downloads got in each other's way.
        Err(TryLockError::Error(error)) => tracing::debug!(%error, "downloading without a lock"),
    }
    let mut fresh = size(&file).map_err(write)? == 0;
    loop {
        receive_all(source, &mut file, &part, listen)?;
        file.sync_all().map_err(write)?;
        let found = sha256_file(&part).map_err(write)?;
        if found.starts_with(source.sha256_prefix) {
            break;
        }
        file.set_len(0).map_err(write)?;
        if fresh {
            drop(file);
            let _ = std::fs::remove_file(&part);
            let found = found.chars().take(source.sha256_prefix.len()).collect();
            return Err(DownloadError::WrongHash {
                url: source.url.to_owned(),
                wanted: source.sha256_prefix.to_owned(),
                found,
            });
        }
        // The beginning may have been of another file: once more, all of it.
        fresh = true;
    }
    drop(file);
    let placed = |error| DownloadError::Write { path: place.to_owned(), source: error };
    std::fs::rename(&part, place).map_err(placed)?;
    if let Some(Err(error)) = place.parent().map(|folder| File::open(folder).and_then(|f| f.sync_all())) {
        tracing::debug!(%error, "folder not synced after a download");
    }
    Ok(())
}

/// Receives until the file is whole, over as many connections as bring something.
fn receive_all(
    source: &Source<'_>,
    file: &mut File,
    part: &Path,
    listen: &mut dyn FnMut(Progress) -> Going,
) -> Result<(), DownloadError> {
    let write = |error| DownloadError::Write { path: part.to_owned(), source: error };
    let agent = agent(source.url);
    let mut idle = 0;
    // Where a server begins anew at each connection, only getting further than ever counts as getting on.
    let mut furthest = 0;
    loop {
        let have = size(file).map_err(write)?;
        if listen(Progress { done: have, total: source.bytes.max(have) }) == Going::Stop {
            return Err(DownloadError::Cancelled);
        }
        let trouble = match receive(&agent, source, file, part, listen) {
            Ok(()) => return Ok(()),
            Err(Trouble::Final(error)) => return Err(error),
            Err(Trouble::Again(error)) => error,
        };
        let now = size(file).map_err(write)?;
        idle = if now > furthest.max(have) { 0 } else { idle + 1 };
        furthest = furthest.max(now);
        if idle >= IDLE {
            return Err(trouble);
        }
        tracing::info!(%trouble, now, "going on with a download");
    }
}

fn agent(url: &str) -> ureq::Agent {
    let this_machine = url.starts_with("http://127.0.0.1:");
    let patience = Some(Duration::from_secs(PATIENCE));
    let mut config = ureq::Agent::config_builder()
        .https_only(!this_machine)
        // Only the named address: a server that sends elsewhere is not followed.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("overread/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(patience)
        .timeout_connect(patience)
        .timeout_recv_response(patience)
        .timeout_per_read(patience);
    if this_machine {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

fn size(file: &File) -> std::io::Result<u64> {
    file.metadata().map(|m| m.len())
}

/// One connection: asks for what is missing and appends it.
fn receive(
    agent: &ureq::Agent,
    source: &Source<'_>,
    file: &mut File,
    part: &Path,
    listen: &mut dyn FnMut(Progress) -> Going,
) -> Result<(), Trouble> {
    let url = || source.url.to_owned();
    let write = |error| Trouble::Final(DownloadError::Write { path: part.to_owned(), source: error });
    let have = size(file).map_err(write)?;
    let mut request = agent.get(source.url);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| unreachable(source.url, &error))?;
    let status = response.status().as_u16();
    let (begin, total) = match (status, ranged(&response)) {
        (200, _) => (0, response.body().content_length()),
        (206, Some((begin, total))) if begin == have => (have, total),
        // All of it is there, or more than there should be; or the server gives another part than it was asked for.
        (416, Some((_, Some(total)))) if total == have => return Ok(()),
        (206 | 416, _) => {
            file.set_len(0).map_err(write)?;
            let why = "the server gave another part of the file".to_owned();
            return Err(Trouble::Again(DownloadError::Broken { url: url(), why }));
        }
        (404 | 410, _) => return Err(Trouble::Final(DownloadError::Gone { url: url(), status })),
        _ => return Err(Trouble::Final(DownloadError::Status { url: url(), status })),
    };
    file.set_len(begin).and_then(|()| file.seek(SeekFrom::Start(begin))).map_err(write)?;
    let mut body = response.into_body().into_reader();
    let (mut done, mut piece) = (begin, vec![0u8; PIECE]);
    loop {
        let read = match body.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Trouble::Again(broken(source.url, error))),
        };
        file.write_all(piece.get(..read).unwrap_or_default()).map_err(write)?;
        done += read as u64;
        if listen(Progress { done, total: total.unwrap_or(source.bytes).max(done) }) == Going::Stop {
            return Err(Trouble::Final(DownloadError::Cancelled));
        }
    }
    match total {
        Some(total) if done < total => {
            let why = format!("{done} of {total} bytes came");
            Err(Trouble::Again(DownloadError::Broken { url: url(), why }))
        }
        _ => Ok(()),
    }
}

/// Begin and total of `Content-Range: bytes 100-199/200`, or of `bytes */200`.
fn ranged<T>(response: &Response<T>) -> Option<(u64, Option<u64>)> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let begin = range.split('-').next().and_then(|n| n.trim().parse().ok()).unwrap_or(0);
    Some((begin, total.trim().parse().ok()))
}

/// No answer came: no name, no connection, no TLS, or silence.
fn unreachable(url: &str, error: &ureq::Error) -> Trouble {
    match error {
        ureq::Error::Timeout(_) => Trouble::Final(DownloadError::Silent { url: url.to_owned(), seconds: PATIENCE }),
        ureq::Error::Io(io) if matches!(io.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            Trouble::Again(DownloadError::Broken { url: url.to_owned(), why: io.to_string() })
        }
        other => Trouble::Final(DownloadError::Unreachable { url: url.to_owned(), why: other.to_string() }),
    }
}

fn broken(url: &str, error: std::io::Error) -> DownloadError {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => DownloadError::Silent { url: url.to_owned(), seconds: PATIENCE },
        other => DownloadError::Broken { url: url.to_owned(), why: other.to_string() },
    }
}
