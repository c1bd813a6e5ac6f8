//! Against a server on the loopback interface, which does whatever a test wants.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// What a client asked for.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    path: String,
    range: Option<u64>,
    if_range: Option<String>,
}

type Answer = dyn Fn(usize, &Asked, &mut TcpStream) -> io::Result<()> + Send + Sync;

struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `answer` is given the number of the request, from 0.
    fn new(answer: impl Fn(usize, &Asked, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/set.zip", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let answer: Arc<Answer> = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, heard, answer) = (stream.unwrap(), Arc::clone(&heard), Arc::clone(&answer));
                thread::spawn(move || {
                    let Some(request) = read_request(&stream) else { return };
                    let number = {
                        let mut heard = heard.lock().unwrap();
                        heard.push(request.clone());
                        heard.len() - 1
                    };
                    // A client that has gone is what some tests want.
                    let _ = answer(number, &request, &mut stream);
                });
            }
        });
        Self { address, asked }
    }

    fn get(&self, place: &Path, md5: Option<&str>) -> Result<Vec<u8>, DownloadError> {
        let path = place.join("set.zip");
        let patience = Patience {
            silence: Duration::from_millis(400),
            attempts: 3,
        };
        download(&self.address, &path, md5, patience, &Task::unattended())?;
        Ok(fs::read(path).unwrap())
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read_request(stream: &TcpStream) -> Option<Asked> {
    let mut asked = Asked::default();
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        if line.is_empty() {
            return Some(asked);
        }
        if let Some(path) = line.strip_prefix("GET ") {
            path.split(' ').next()?.clone_into(&mut asked.path);
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "range" => asked.range = value.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok(),
            "if-range" => asked.if_range = Some(value.to_owned()),
            _ => {}
        }
    }
    None
}

fn content() -> Vec<u8> {
    (0..200_000u32).map(|n| (n.wrapping_mul(n) / 7) as u8).collect()
}

/// Sends the head of an answer with the whole content, or its end from where it was asked for, and then so many bytes.
fn send(asked: &Asked, version: &str, content: &[u8], most: usize, to: &mut TcpStream) -> io::Result<()> {
    let is_same = asked.if_range.as_deref().is_none_or(|v| v == version);
    let from = asked.range.filter(|_| is_same).unwrap_or(0) as usize;
    let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
    let (length, last) = (content.len() - from, content.len() - 1);
    write!(
        to,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: {version}\r\nConnection: close\r\n"
    )?;
    if from > 0 {
        write!(to, "Content-Range: bytes {from}-{last}/{}\r\n", content.len())?;
    }
    to.write_all(b"\r\n")?;
    to.write_all(&content[from..content.len().min(from.saturating_add(most))])
}

fn left(place: &Path) -> Vec<String> {
    let entries = fs::read_dir(place).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn whole() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| send(asked, "\"1\"", &content(), usize::MAX, to));
    let file = place.path().join("right");
    fs::write(&file, content()).unwrap();
    let md5 = md5_of(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert!(server.get(place.path(), Some(&md5)).unwrap() == content());
    assert_eq!(left(place.path()), ["set.zip"]);
    assert_eq!(server.asked().len(), 1);
    // From RFC 1321.
    fs::write(&file, "message digest").unwrap();
    assert_eq!(md5_of(&file).unwrap(), "f96b697d7cb7938d525a2f31aaf161d0");
}

/// Each answer is cut after 80,000 bytes: it is taken up there, twice.
#[test]
fn cut() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| send(asked, "\"1\"", &content(), 80_000, to));
    assert!(server.get(place.path(), None).unwrap() == content());
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|a| a.range).collect::<Vec<_>>(),
        [None, Some(80_000), Some(160_000)]
    );
    assert_eq!(asked[1].if_range.as_deref(), Some("\"1\""));
}

/// After three attempts it is given up, and another call goes on.
#[test]
fn cut_for_good_and_taken_up_later() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| send(asked, "\"1\"", &content(), 50_000, to));
    let why = server.get(place.path(), None).unwrap_err();
    assert!(matches!(why, DownloadError::Cut { got: 150_000, .. }), "{why}");
    assert!(why.to_string().contains("goes on from there"), "{why}");
    assert_eq!(left(place.path()), ["set.zip.part", "set.zip.version"]);
    assert!(server.get(place.path(), None).unwrap() == content());
    assert_eq!(left(place.path()), ["set.zip"]);
}

/// It is another file by the time it is taken up: all of it is taken anew.
#[test]
fn changed_meanwhile() {
    let place = tempfile::tempdir().unwrap();
    let other: Vec<u8> = content().into_iter().rev().collect();
    let new = other.clone();
    let server = Server::new(move |n, asked, to| match n {
        0 => send(asked, "\"1\"", &content(), 90_000, to),
        _ => send(asked, "\"2\"", &new, usize::MAX, to),
    });
    assert!(server.get(place.path(), None).unwrap() == other);
}

/// Without a version, nothing says that it is the same file.
#[test]
fn cut_without_a_version_begins_anew_unless_there_is_a_checksum() {
    for md5 in [None, Some("0".repeat(32))] {
        let place = tempfile::tempdir().unwrap();
        let server = Server::new(|n, asked, to| match n {
            0 => {
                write!(to, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")?;
                to.write_all(&content()[..1000])
            }
            _ => send(asked, "\"1\"", &content(), usize::MAX, to),
        });
        let got = server.get(place.path(), md5.as_deref());
        assert_eq!(server.asked()[1].range, md5.as_ref().map(|_| 1000));
        assert_eq!(got.is_ok(), md5.is_none());
    }
}

#[test]
fn changed_for_good() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| send(asked, "\"1\"", &content(), usize::MAX, to));
    let why = server
        .get(place.path(), Some("0e33842e24a9c977be4e0107933c0723"))
        .unwrap_err();
    assert!(
        why.to_string().contains("not 0e33842e24a9c977be4e0107933c0723"),
        "{why}"
    );
    assert!(left(place.path()).is_empty());
}

/// Whoever is slow is waited for, as long as something comes.
#[test]
fn slow() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| {
        send(asked, "\"1\"", &content(), 0, to)?;
        for piece in content().chunks(20_000) {
            thread::sleep(Duration::from_millis(100));
            to.write_all(piece)?;
        }
        Ok(())
    });
    assert!(server.get(place.path(), None).unwrap() == content());
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn silent() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, asked, to| {
        send(asked, "\"1\"", &content(), 10_000, to)?;
        thread::sleep(Duration::from_secs(5));
        Ok(())
    });
    let why = server.get(place.path(), None).unwrap_err();
    assert!(matches!(why, DownloadError::Cut { got: 30_000, .. }), "{why}");
    assert!(why.to_string().contains("silent"), "{why}");
}

#[test]
fn redirected() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|n, asked, to| match asked.path.as_str() {
        "/set.zip" => write!(
            to,
            "HTTP/1.1 302 Found\r\nLocation: /elsewhere/set.zip\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        _ => send(asked, "\"1\"", &content(), if n < 2 { 70_000 } else { usize::MAX }, to),
    });
    assert!(server.get(place.path(), None).unwrap() == content());
    let asked = server.asked();
    let paths: Vec<&str> = asked.iter().map(|a| a.path.as_str()).collect();
    assert_eq!(
        paths,
        ["/set.zip", "/elsewhere/set.zip", "/set.zip", "/elsewhere/set.zip"]
    );
    // What is asked for goes along.
    assert_eq!(asked[3].range, Some(70_000));
}

#[test]
fn not_there() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::new(|_, _, to| {
        write!(
            to,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    });
    let why = server.get(place.path(), None).unwrap_err();
    assert!(why.to_string().ends_with("the server answers 404 Not Found"), "{why}");
    assert!(left(place.path()).is_empty());
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = place.path().join("x.zip");
    let refused = download(
        &format!("http://{nobody}/x.zip"),
        &path,
        None,
        Patience::default(),
        &Task::unattended(),
    );
    assert!(refused.unwrap_err().to_string().contains("cannot be reached"));
}
