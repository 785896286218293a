//! The download against mirrors on this machine that behave well, badly, and in between.

use super::*;
use crate::source::hex;
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tiny_http::{Header, Request, Response, Server, StatusCode};

/// A gzip file of some kilobytes, the same in every test.
fn content() -> Vec<u8> {
    crate::gz::pack(&(0u32..2000).flat_map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<u8>>())
}

fn expected() -> Expected {
    let content = content();
    let sha256 = hex(&Sha256::digest(&content)).leak();
    Expected { name: "rows.gz", bytes: content.len() as u64, sha256 }
}

type Answer = Response<Cursor<Vec<u8>>>;

/// A mirror that answers each request by a function, and remembers the ranges asked for.
struct Mirror {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
    asked: Arc<Mutex<Vec<Option<String>>>>,
}

impl Mirror {
    fn new(answer: impl Fn(Option<usize>) -> Answer + Send + 'static) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (serving, log) = (server.clone(), asked.clone());
        let thread = std::thread::spawn(move || {
            for request in serving.incoming_requests() {
                assert_eq!(request.url(), "/set/rows.gz");
                let range = range_of(&request);
                let from = range.as_ref().map(|r| r["bytes=".len()..r.len() - 1].parse().unwrap());
                log.lock().unwrap().push(range);
                // A client that hangs up in the middle is part of the tests.
                let _ = request.respond(answer(from));
            }
        });
        Mirror { server, thread: Some(thread), asked }
    }

    /// Serves these bytes, from the byte asked for on.
    fn good(bytes: Vec<u8>) -> Self {
        Mirror::new(move |from| match from {
            None => Response::from_data(bytes.clone()),
            Some(from) => {
                let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
                Response::from_data(&bytes[from..])
                    .with_status_code(206)
                    .with_header(Header::from_bytes("Content-Range", range).unwrap())
            }
        })
    }

    /// Serves a page with a status.
    fn page(status: u16) -> Self {
        Mirror::new(move |_| Response::from_string("<html>Be back soon</html>").with_status_code(StatusCode(status)))
    }

    fn url(&self) -> String {
        format!("http://{}/set/", self.server.server_addr())
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.server.unblock();
        let result = self.thread.take().unwrap().join();
        assert!(result.is_ok() || std::thread::panicking());
    }
}

fn range_of(request: &Request) -> Option<String> {
    let header = request.headers().iter().find(|h| h.field.equiv("Range"));
    header.map(|h| h.value.to_string())
}

/// A mirror that takes one connection, reads the request, sends `answer` and closes after a while.
fn rude(answer: Vec<u8>, wait: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/set/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 2048]);
        let _ = stream.write_all(&answer);
        std::thread::sleep(wait);
    });
    url
}

/// A mirror whose connection breaks after the first `bytes` of the content.
fn broken_after(bytes: usize) -> String {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content().len());
    rude([head.as_bytes(), &content()[..bytes]].concat(), Duration::ZERO)
}

/// A data folder and what happened in it.
struct Fetch {
    root: tempfile::TempDir,
    events: Vec<FetchEvent>,
    timeout: Duration,
}

impl Fetch {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("set")).unwrap();
        Fetch { root, events: Vec::new(), timeout: Duration::from_secs(20) }
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("set/rows.gz")
    }

    fn part(&self) -> PathBuf {
        self.root.path().join("set/rows.gz.part")
    }

    fn run(&mut self, mirrors: &[String]) -> Result<Vec<PathBuf>, DataError> {
        let dir = self.root.path().into();
        let options = FetchOptions { dir, mirrors: mirrors.to_vec(), timeout: self.timeout };
        files(&[expected()], "set", &options, &mut |event| self.events.push(event))
    }

    fn assert_whole(&self) {
        assert_eq!(fs::read(self.path()).unwrap(), content());
        assert!(!self.part().exists());
    }

    fn assert_nothing(&self) {
        assert!(!self.path().exists() && !self.part().exists());
    }
}

#[test]
fn a_file_arrives_once() {
    let (mirror, mut fetch) = (Mirror::good(content()), Fetch::new());
    assert_eq!(fetch.run(&[mirror.url()]).unwrap(), [fetch.path()]);
    fetch.assert_whole();
    let total = expected().bytes;
    assert!(matches!(&fetch.events[0], FetchEvent::Started { from: 0, total: t, .. } if *t == total));
    assert!(fetch.events.contains(&FetchEvent::Progress { file: "rows.gz", bytes: total, total }));
    assert_eq!(fetch.events.last(), Some(&FetchEvent::Done { file: "rows.gz" }));
    fetch.events.clear();
    fetch.run(&[mirror.url()]).unwrap();
    assert_eq!(fetch.events, [FetchEvent::Present { file: "rows.gz" }]);
    assert_eq!(mirror.asked(), [None]);
}

#[test]
fn a_wrong_file_is_never_kept_and_the_next_mirror_is_asked() {
    let mut wrong = content();
    wrong[100] ^= 1;
    let (bad, mut fetch) = (Mirror::good(wrong.clone()), Fetch::new());
    let message = fetch.run(&[bad.url()]).unwrap_err().to_string();
    assert!(message.contains(&bad.url()) && message.contains(&hex(&Sha256::digest(&wrong))), "{message}");
    fetch.assert_nothing();
    fs::write(fetch.path(), &wrong).unwrap();
    fetch.run(&[bad.url()]).unwrap_err();
    assert_eq!(fs::read(fetch.path()).unwrap(), wrong, "what was there stays until there is better");
    let good = Mirror::good(content());
    fetch.run(&[bad.url(), good.url()]).unwrap();
    fetch.assert_whole();
}

#[test]
fn pages_and_sizes_that_cannot_be_right_are_told_mirror_by_mirror() {
    let mirrors = [
        Mirror::page(200),
        Mirror::page(503),
        Mirror::page(404),
        Mirror::good(content()[..1000].to_vec()),
        Mirror::new(|_| Response::from_data([content(), vec![0]].concat()).with_chunked_threshold(1)),
        Mirror::new(|_| Response::from_data(vec![])),
    ];
    let mut urls: Vec<String> = mirrors.iter().map(Mirror::url).collect();
    let gone = Mirror::page(200).url();
    urls.push(gone);
    let mut fetch = Fetch::new();
    let message = fetch.run(&urls).unwrap_err().to_string();
    let lines: Vec<&str> = message.lines().collect();
    for (line, (url, part)) in lines[1..].iter().zip(urls.iter().zip([
        "sent no gzip file but something that begins with \"<html>Be back",
        "answered 503 Service Unavailable with a page that begins with \"<html>",
        "answered 404 Not Found",
        "announced a file of 1000 bytes",
        "sent more than the expected",
        "sent no gzip file",
        "no answer",
    ])) {
        assert!(line.contains(url.as_str()) && line.contains(part), "{line}: {part}");
    }
    fetch.assert_nothing();
    let good = Mirror::good(content());
    fetch.run(&[mirrors[0].url(), mirrors[1].url(), good.url()]).unwrap();
    fetch.assert_whole();
}

#[test]
fn a_broken_connection_is_resumed_by_the_next_mirror_or_the_next_call() {
    let good = Mirror::good(content());
    let mut fetch = Fetch::new();
    fetch.run(&[broken_after(1500), good.url()]).unwrap();
    fetch.assert_whole();
    let mut fetch = Fetch::new();
    let message = fetch.run(&[broken_after(700)]).unwrap_err().to_string();
    assert!(message.contains("the connection broke after 700 of"), "{message}");
    assert_eq!(fs::read(fetch.part()).unwrap(), content()[..700]);
    fetch.run(&[good.url()]).unwrap();
    fetch.assert_whole();
    assert_eq!(good.asked(), [Some("bytes=1500-".into()), Some("bytes=700-".into())]);
}

#[test]
fn a_mirror_that_cannot_resume_starts_again() {
    for status in [200, 416] {
        let mirror = Mirror::new(move |from| match (status, from) {
            (416, Some(_)) => Response::from_string("no").with_status_code(416),
            _ => Response::from_data(content()),
        });
        let mut fetch = Fetch::new();
        fs::write(fetch.part(), &content()[..900]).unwrap();
        fetch.run(&[mirror.url()]).unwrap();
        fetch.assert_whole();
        assert_eq!(mirror.asked()[0], Some("bytes=900-".into()));
    }
}

#[test]
fn a_wrong_part_is_removed_and_the_whole_asked_for() {
    let good = Mirror::good(content());
    let whole_but_wrong = vec![7; content().len()];
    for part in [&whole_but_wrong[..900], &whole_but_wrong, &[7; 100_000]] {
        let mut fetch = Fetch::new();
        fs::write(fetch.part(), part).unwrap();
        fetch.run(&[good.url()]).unwrap();
        fetch.assert_whole();
    }
    assert_eq!(good.asked(), [Some("bytes=900-".into()), None, None, None]);
    // A part that is whole and right needs no mirror.
    let mut fetch = Fetch::new();
    fs::write(fetch.part(), content()).unwrap();
    fetch.run(&[good.url()]).unwrap();
    fetch.assert_whole();
    assert_eq!(good.asked().len(), 4);
}

#[test]
fn an_error_page_does_not_spoil_a_part() {
    let (page, mut fetch) = (Mirror::page(200), Fetch::new());
    fs::write(fetch.part(), &content()[..900]).unwrap();
    fetch.run(&[page.url()]).unwrap_err();
    assert_eq!(fs::read(fetch.part()).unwrap(), content()[..900]);
}

#[test]
fn a_silent_mirror_is_left_after_the_timeout() {
    let (good, mut fetch) = (Mirror::good(content()), Fetch::new());
    fetch.timeout = Duration::from_secs(1);
    let half = [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", &content()[..600]].concat();
    fetch.run(&[rude(vec![], Duration::from_secs(20)), rude(half, Duration::from_secs(20)), good.url()]).unwrap();
    fetch.assert_whole();
    assert_eq!(fetch.events.iter().filter(|e| matches!(e, FetchEvent::Failed { .. })).count(), 2);
}

#[test]
fn two_at_once_download_once() {
    let (good, fetch) = (Mirror::good(content()), Fetch::new());
    let mut options = FetchOptions::new(fetch.root.path());
    options.mirrors = vec![good.url()];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| files(&[expected()], "set", &options, &mut |_| {}).unwrap());
        }
    });
    fetch.assert_whole();
    assert_eq!(good.asked(), [None]);
}

#[test]
fn a_folder_that_cannot_be_written_and_a_full_disk_are_told() {
    let (good, mut fetch) = (Mirror::good(content()), Fetch::new());
    #[cfg(target_os = "linux")]
    {
        std::os::unix::fs::symlink("/dev/full", fetch.part()).unwrap();
        let error = fetch.run(&[good.url(), good.url()]).unwrap_err();
        assert!(error.is_disk_full(), "{error}");
        assert_eq!(good.asked().len(), 1, "no other mirror helps against a full disk");
        fs::remove_file(fetch.part()).unwrap();
    }
    fs::remove_dir_all(fetch.root.path().join("set")).unwrap();
    fs::write(fetch.root.path().join("set"), "a file where the folder should be").unwrap();
    let error = fetch.run(&[good.url()]).unwrap_err();
    assert!(matches!(error, DataError::Io { action: "create", .. }), "{error}");
}

#[test]
fn the_files_have_the_names_that_are_looked_for() {
    assert_eq!(MNIST.map(|file| file.name.trim_end_matches(".gz")), crate::locate::MNIST_NAMES);
}

mod needs_mnist {
    use super::*;

    /// The sizes and hashes are of the files whose MD5 is the published one.
    #[test]
    #[ignore = "needs MNIST: set LADDERNET_DATA_DIR"]
    fn the_expected_files_are_those_at_hand() {
        let folder = crate::locate::data_dir(None).unwrap().join("mnist");
        for file in MNIST {
            assert!(is_right(&folder.join(file.name), &file).unwrap(), "{}", file.name);
        }
    }
}
