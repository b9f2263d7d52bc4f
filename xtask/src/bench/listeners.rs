//! Who is told of orders: a receiver of webhooks and a mail server, on this machine, that take
//! everything at once and only count. A thread a connection, beside the load's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::outcome::Outcome;

/// How much was taken, and when the last of it came.
#[derive(Clone)]
pub struct Taken(Arc<Inner>);

struct Inner {
    since: Instant,
    count: AtomicU64,
    last_us: AtomicU64,
}

impl Taken {
    fn nothing() -> Self {
        Self(Arc::new(Inner {
            since: Instant::now(),
            count: AtomicU64::new(0),
            last_us: AtomicU64::new(0),
        }))
    }

    fn one_more(&self) {
        let us = u64::try_from(self.0.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.last_us.fetch_max(us, Ordering::Relaxed);
        self.0.count.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Seconds from then until the last came; none when nothing came since.
    pub fn seconds_from(&self, then: Instant) -> f64 {
        let before = then.saturating_duration_since(self.0.since).as_secs_f64();
        let last = self.0.last_us.load(Ordering::Relaxed) as f64 / 1e6;
        (last - before).max(0.0)
    }
}

/// Answers 204 to every POST.
pub fn webhooks() -> Outcome<(SocketAddr, Taken)> {
    listen(take_calls)
}

/// Takes every mail.
pub fn mails() -> Outcome<(SocketAddr, Taken)> {
    listen(take_mails)
}

/// The threads end with the process, or with whoever is at the other end.
fn listen(take: fn(TcpStream, &Taken) -> std::io::Result<()>) -> Outcome<(SocketAddr, Taken)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (address, taken) = (listener.local_addr()?, Taken::nothing());
    let counted = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let counted = counted.clone();
            // Whoever hangs up is done.
            std::thread::spawn(move || take(stream, &counted).ok());
        }
    });
    Ok((address, taken))
}

fn take_calls(mut stream: TcpStream, taken: &Taken) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
            taken.one_more();
            length = 0;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
        }
    }
}

fn take_mails(mut stream: TcpStream, taken: &Taken) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 localhost\r\n")?;
    let mut is_text = false;
    for line in reader.split(b'\n') {
        let line = line?;
        if is_text && line != b".\r" {
            continue;
        }
        let word: Vec<u8> = line.iter().take(4).map(u8::to_ascii_uppercase).collect();
        let answer: &[u8] = match &word[..] {
            _ if is_text => {
                (is_text, _) = (false, taken.one_more());
                b"250 taken\r\n"
            }
            b"EHLO" => b"250-localhost\r\n250 8BITMIME\r\n",
            b"DATA" => {
                is_text = true;
                b"354 go on\r\n"
            }
            b"QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        stream.write_all(answer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(address: SocketAddr, said: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(said).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).unwrap();
        heard
    }

    #[test]
    fn every_call_is_answered_and_counted() {
        let (address, taken) = webhooks().unwrap();
        let call = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
        let heard = talk(address, &[&call[..], &call[..]].concat());
        assert_eq!((heard.matches("204").count(), taken.count()), (2, 2));
    }

    #[test]
    fn every_mail_is_taken_and_counted() {
        let (address, taken) = mails().unwrap();
        let mail = "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nQUIT\r\n.\r\nQUIT\r\n";
        let heard = talk(address, mail.as_bytes());
        assert!(
            heard.ends_with("354 go on\r\n250 taken\r\n221 bye\r\n"),
            "{heard}"
        );
        assert_eq!(taken.count(), 1);
    }
}
