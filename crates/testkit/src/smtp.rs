//! A mail server on this machine, as far as a shop needs one: it takes mail, shows what it took,
//! and fails when it is told to. It speaks SMTP without TLS, and never ships.
//!
//! A fault holds for a connection: `Hang` never greets, `LostBefore` and `LostAfter` cut the
//! connection before anything or once the mail is taken, `Late` takes the mail and never says so,
//! `FailBefore` answers 451 to the recipient, `FailAfter` takes the mail and answers 451, `TooMany`
//! greets with 421, `Decline` knows no such mailbox (550), `Authenticate` wants credentials (530).

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::loopback::{Came, Fault, Faults, Loopback};

/// The server. Clones are the same one; it stops with the last.
#[derive(Clone)]
pub struct SmtpServer(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    address: SocketAddr,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Core {
    mails: Mutex<Vec<Mail>>,
    faults: Faults<()>,
}

/// A mail that was taken, whether or not whoever sent it was told so.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body as they came.
    pub text: String,
    pub came: Came,
}

impl SmtpServer {
    /// Starts on a port of its own.
    pub async fn start() -> Self {
        let (listener, address) = Loopback::bind().await;
        Self::serve(listener, address)
    }

    /// Starts at an address, for programs that are told of it.
    pub async fn start_at(address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self::serve(listener, address))
    }

    fn serve(listener: TcpListener, address: SocketAddr) -> Self {
        let core = Arc::<Core>::default();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&core)));
        Self(Arc::new(Inner {
            core,
            address,
            accepting: Mutex::new(Some(accepting)),
        }))
    }

    /// As `COMPTOIR_SMTP_URL` takes it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.0.address)
    }

    /// From now on, until [`SmtpServer::clear_faults`].
    pub fn set_fault(&self, fault: Fault) {
        self.0.core.faults.set((), fault, None);
    }

    /// The next so many connections.
    pub fn set_fault_times(&self, fault: Fault, times: u32) {
        self.0.core.faults.set((), fault, Some(times));
    }

    pub fn clear_faults(&self) {
        self.0.core.faults.clear();
    }

    /// Every mail taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.0.core.mails().clone()
    }

    /// How often something went wrong so far.
    pub fn struck(&self) -> u64 {
        self.0.core.faults.struck()
    }

    /// Connections are refused, and those that are open are cut.
    pub async fn go_down(&self) {
        let accepting = self.accepting().take();
        if let Some(accepting) = accepting {
            accepting.abort();
            // The port is free once the task is gone.
            let _ = accepting.await;
        }
    }

    /// Listens again, at the same address.
    pub async fn come_up(&self) {
        let listener = TcpListener::bind(self.0.address).await;
        let listener = listener.expect("the port is still free");
        let accepting = tokio::spawn(accept(listener, Arc::clone(&self.0.core)));
        self.accepting().replace(accepting);
    }

    fn accepting(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        let accepting = self.0.accepting.lock();
        accepting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let accepting = self.accepting.get_mut();
        if let Some(accepting) = accepting.unwrap_or_else(PoisonError::into_inner).take() {
            accepting.abort();
        }
    }
}

impl Core {
    fn mails(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mail {
    /// The value of a header, its lines joined; words in other alphabets are decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let line = head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })?;
        Some(decoded_words(&line))
    }

    /// What the reader sees.
    pub fn body(&self) -> String {
        let (_, body) = self.text.split_once("\r\n\r\n").unwrap_or_default();
        let bytes = match self.header("content-transfer-encoding").as_deref() {
            Some("quoted-printable") => quoted_printable(body),
            Some("base64") => from_base64(&body.replace("\r\n", "")),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("base64")
}

/// `=?utf-8?b?…?=` (RFC 2047); spaces between two such words do not count.
fn decoded_words(text: &str) -> String {
    let (mut decoded, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("=?utf-8?b?") {
        let (word, next) = after.split_once("?=").expect("the word ends");
        decoded.push_str(if before == " " { "" } else { before });
        decoded.push_str(&String::from_utf8_lossy(&from_base64(word)));
        rest = next;
    }
    decoded + rest
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        let (hex, next) = after.split_at(2);
        bytes.push(u8::from_str_radix(hex, 16).expect("two hexadecimal digits"));
        rest = next;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Ends with all its connections when it is aborted.
async fn accept(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let core = Arc::clone(&core);
        connections.spawn(async move {
            // Whoever hangs up has said enough.
            let _ = converse(stream, &core).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// One conversation; ends with the connection.
async fn converse(stream: TcpStream, core: &Core) -> std::io::Result<()> {
    let (fault, came) = (core.faults.next(&()), Came::now());
    let mut talk = Talk(BufStream::new(stream));
    match fault {
        Some(Fault::Hang) => return pending().await,
        Some(Fault::LostBefore) => return Ok(()),
        Some(Fault::TooMany) => return talk.say("421 4.7.0 too many connections").await,
        _ => talk.say("220 a mail server for tests").await?,
    }
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = talk.hear().await? {
        let command = line.to_ascii_uppercase();
        let answer = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-here\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "MAIL" if fault == Some(Fault::Authenticate) => "530 5.7.0 who are you?",
            "MAIL" => {
                from = address(&line);
                "250 2.1.0 go on"
            }
            "RCPT" if fault == Some(Fault::Decline) => {
                let to = address(&line);
                talk.say(&format!("550 5.1.1 <{to}> is not here")).await?;
                continue;
            }
            "RCPT" if fault == Some(Fault::FailBefore) => "451 4.3.0 try again later",
            "RCPT" => {
                to.push(address(&line));
                "250 2.1.5 go on"
            }
            "DATA" => {
                talk.say("354 end with a dot").await?;
                let text = talk.hear_mail().await?;
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                let came = came.clone();
                match take(
                    core,
                    fault,
                    Mail {
                        from,
                        to,
                        text,
                        came,
                    },
                )
                .await
                {
                    Some(answer) => answer,
                    None => return Ok(()),
                }
            }
            "QUIT" => return talk.say("221 2.0.0 bye").await,
            _ => "250 2.0.0 go on",
        };
        talk.say(answer).await?;
    }
    Ok(())
}

/// Takes a mail in; what to say to it, or nothing: the connection is cut.
async fn take(core: &Core, fault: Option<Fault>, mail: Mail) -> Option<&'static str> {
    if let Some(Fault::Late(time)) = fault {
        tokio::time::sleep(time).await;
    }
    let came = mail.came.clone();
    core.mails().push(mail);
    if let Some(Fault::Slow(time)) = fault {
        tokio::time::sleep(time).await;
    }
    match fault {
        Some(Fault::Late(_)) => pending().await,
        Some(Fault::LostAfter) => None,
        Some(Fault::FailAfter) => Some("451 4.3.0 try again later"),
        _ => {
            came.tell();
            Some("250 2.0.0 taken")
        }
    }
}

/// What stands between `<` and `>`.
fn address(line: &str) -> String {
    let inside = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}

struct Talk(BufStream<TcpStream>);

impl Talk {
    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.0.flush().await
    }

    /// A line; `None` when the other side has hung up.
    async fn hear(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await? {
            0 => Ok(None),
            _ => Ok(Some(line.trim_end().to_owned())),
        }
    }

    /// Everything up to the line with nothing but a dot.
    async fn hear_mail(&mut self) -> std::io::Result<String> {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if line.trim_end() == "." {
                return Ok(text);
            }
            // A dot at the beginning of a line was doubled on the way.
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }
}
