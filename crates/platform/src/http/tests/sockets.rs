//! The server on a real socket: slow callers, large headers, shutdown.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::shop::Shop;
use crate::config::Limits;
use crate::http::serve;

struct Running {
    shop: Shop,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn run(limits: Limits) -> Running {
    let shop = Shop::open_with(|settings| settings.limits = limits).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let site = shop.site.clone();
    let server = tokio::spawn(async move {
        serve(listener, site, &limits, async move {
            stopped.await.unwrap_or_default()
        })
        .await
    });
    Running {
        shop,
        address,
        stop: Some(stop),
        server,
    }
}

fn limits() -> Limits {
    Limits {
        rate: None,
        ..Limits::default()
    }
}

/// Sends bytes and reads what comes until the server closes.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_over_a_socket_carries_the_address_of_its_caller() {
    let running = run(limits()).await;
    let request = b"GET /v1/whoami HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\
        authorization: Bearer manager\r\n\r\n";
    let answer = talk(running.address, request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with("from 127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn whoever_sends_nothing_or_half_a_header_is_cut_off() {
    let header_timeout = Duration::from_millis(200);
    let running = run(Limits {
        header_timeout,
        ..limits()
    })
    .await;
    for bytes in [&b""[..], b"GET / HTTP/1.1\r\nhost: sh"] {
        let began = Instant::now();
        let cut = tokio::time::timeout(Duration::from_secs(3), talk(running.address, bytes)).await;
        assert!(cut.is_ok(), "still open after 3 s: {bytes:?}");
        assert!(began.elapsed() >= Duration::from_millis(150));
    }
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let running = run(limits()).await;
    let mut request = b"GET /v1/notes HTTP/1.1\r\nhost: shop\r\n".to_vec();
    request.extend(b"x-padding: ".iter().chain([b'x'; 100_000].iter()));
    let answer = talk(running.address, &request).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn at_the_end_open_requests_are_finished_and_new_ones_refused() {
    let mut running = run(limits()).await;
    let request = b"POST /v1/slow HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n\
        content-length: 15\r\nconnection: close\r\n\r\n{\"text\": \"late\"}"
        .to_vec();
    let request = String::from_utf8(request)
        .unwrap()
        .replace("length: 15", "length: 16");
    let address = running.address;
    let open = tokio::spawn(async move { talk(address, request.as_bytes()).await });
    while running.shop.runs() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(
        TcpStream::connect(address).await.is_err(),
        "takes no more connections"
    );
    running.shop.desk.go.notify_one();
    assert!(open.await.unwrap().starts_with("HTTP/1.1 204"));
    running.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_does_not_finish_by_the_deadline_is_cut_off() {
    let shutdown_timeout = Duration::from_millis(200);
    let mut running = run(Limits {
        shutdown_timeout,
        ..limits()
    })
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = b"POST /v1/notes HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n\
        content-length: 100\r\n\r\n{";
    stream.write_all(head).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(3), running.server).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn streams_end_with_the_process_and_do_not_hold_it_up() {
    let mut running = run(limits()).await;
    let request = "GET /v1/events/stream HTTP/1.1\r\nhost: shop\r\n\
        authorization: Bearer admin\r\n\r\n";
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("id: 0") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.unwrap();
        assert!(read > 0, "{seen}");
        seen.push_str(std::str::from_utf8(&part[..read]).unwrap());
    }
    let began = Instant::now();
    running.stop.take().unwrap().send(()).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the body ends as it should");
    running.server.await.unwrap().unwrap();
    assert!(began.elapsed() < limits().shutdown_timeout / 2);
}
