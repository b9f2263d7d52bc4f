//! The servers of mail and text messages as a program, for rigs that kill the shop meanwhile: it
//! outlives them. Prints `smtp URL` and `twilio URL`, then a line of JSON for each message taken,
//! and takes orders on standard input:
//!
//! ```text
//! fail hang|late|lost-before|lost-after|fail-before|fail-after|too-many|decline [TIMES]
//! heal    down    up
//! ```

use std::io::Write as _;
use std::time::Duration;

use serde_json::json;
use testkit::Fault;
use testkit::smtp::SmtpServer;
use testkit::twilio::TwilioServer;
use tokio::io::{AsyncBufReadExt as _, BufReader};

const LOOK: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
    say(&format!("smtp {}", mail.url()))?;
    say(&format!("twilio {}", sms.url()))?;
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    let mut told = (0, 0);
    loop {
        tokio::select! {
            order = orders.next_line() => match order? {
                Some(order) => obey(&order, &mail, &sms).await,
                None => return Ok(()),
            },
            () = tokio::time::sleep(LOOK) => told = tell(&mail, &sms, told)?,
        }
    }
}

async fn obey(order: &str, mail: &SmtpServer, sms: &TwilioServer) {
    let words: Vec<_> = order.split_whitespace().collect();
    match words[..] {
        ["down"] => {
            mail.go_down().await;
            sms.go_down().await;
        }
        ["up"] => {
            mail.come_up().await;
            sms.come_up().await;
        }
        ["heal"] => {
            mail.clear_faults();
            sms.clear_faults();
        }
        ["fail", fault, ref times @ ..] => {
            let times = times.first().and_then(|times| times.parse().ok());
            let Some(fault) = fault_of(fault) else {
                eprintln!("no such fault: {fault}");
                return;
            };
            match times {
                Some(times) => {
                    mail.set_fault_times(fault, times);
                    sms.set_fault_times(fault, times);
                }
                None => {
                    mail.set_fault(fault);
                    sms.set_fault(fault);
                }
            }
        }
        _ => eprintln!("no such order: {order}"),
    }
}

fn fault_of(word: &str) -> Option<Fault> {
    Some(match word {
        "hang" => Fault::Hang,
        "late" => Fault::Late(Duration::ZERO),
        "lost-before" => Fault::LostBefore,
        "lost-after" => Fault::LostAfter,
        "fail-before" => Fault::FailBefore,
        "fail-after" => Fault::FailAfter,
        "too-many" => Fault::TooMany,
        "decline" => Fault::Decline,
        _ => return None,
    })
}

/// Tells what was taken since.
fn tell(
    mail: &SmtpServer,
    sms: &TwilioServer,
    (mails, texts): (usize, usize),
) -> std::io::Result<(usize, usize)> {
    let (taken, sent) = (mail.mails(), sms.texts());
    for one in &taken[mails..] {
        let (id, subject) = (one.header("message-id"), one.header("subject"));
        let line = json!({"mail": id, "to": one.to, "subject": subject});
        say(&line.to_string())?;
    }
    for one in &sent[texts..] {
        say(&json!({"sms": one.token, "to": one.to, "body": one.body}).to_string())?;
    }
    Ok((taken.len(), sent.len()))
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
