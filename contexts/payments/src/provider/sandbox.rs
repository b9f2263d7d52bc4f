//! The sandbox: a provider without money, for trying the shop out and for its tests. It approves
//! below 1,000.00 and declines from there on, and can be told to behave badly.
//!
//! It remembers what it did as long as the process lives; what it has forgotten it takes as told.

use super::{Booked, CallError, Calling, Charge, Provider, Standing, Told, Truth};
use kernel::{Money, PaymentId, Timestamp};
use platform::Source;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The name of provider and method.
pub const SANDBOX: &str = "sandbox";
/// In whole units of whatever currency.
const DECLINES_FROM: i64 = 1_000;
/// So many payments are remembered, about 50 MB of them.
const REMEMBERED: usize = 100_000;

/// How the sandbox behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Answers only after this time.
    pub slow: Option<Duration>,
    /// Wants the buyer to approve on a page, as 3-D Secure does.
    pub redirect: bool,
    /// The first answer to each key is lost, after the money has moved.
    pub answer_lost: bool,
    /// Never takes what it has set aside.
    pub failing_capture: bool,
}

/// The provider. Clones share one memory.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    switches: Mutex<Switches>,
    source: Source,
    since: Timestamp,
    public_url: String,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    accounts: HashMap<PaymentId, Account>,
    /// The accounts, oldest first.
    age: VecDeque<PaymentId>,
    pages: HashMap<String, PaymentId>,
}

struct Account {
    charge: Charge,
    reference: String,
    standing: Standing,
    authorized: i64,
    captured: i64,
    refunded: i64,
    /// What was told to each key: the same is told again.
    told: HashMap<String, Told>,
    /// When, how much was taken, and how much given back.
    moved: Vec<(Timestamp, i64, i64)>,
}

/// What the buyer does on the sandbox's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Decline,
}

impl Sandbox {
    pub fn new(switches: Switches, public_url: &str, source: Source) -> Self {
        Self(Arc::new(Inner {
            switches: Mutex::new(switches),
            since: source.now(),
            source,
            public_url: public_url.to_owned(),
            memory: Mutex::default(),
        }))
    }

    /// Behaves otherwise from now on.
    pub fn switch(&self, switches: Switches) {
        *lock(&self.0.switches) = switches;
    }

    /// The charge a page is about.
    pub fn page(&self, token: &str) -> Option<Charge> {
        let memory = lock(&self.0.memory);
        let account = memory.accounts.get(memory.pages.get(token)?)?;
        Some(account.charge.clone())
    }

    /// Takes the buyer's decision; a second one changes nothing. `None`: there is no such page.
    pub fn decide(&self, token: &str, decision: Decision) -> Option<Charge> {
        let mut memory = lock(&self.0.memory);
        let payment = *memory.pages.get(token)?;
        let account = memory.accounts.get_mut(&payment)?;
        if matches!(account.standing, Standing::ActionRequired { .. }) {
            match decision {
                Decision::Approve => account.approve(self.0.source.now()),
                Decision::Decline => {
                    let reason = "declined_by_buyer".to_owned();
                    account.standing = Standing::Declined { reason };
                }
            }
        }
        Some(account.charge.clone())
    }

    /// Does `work` once a key, and tells what came of it as often as it is asked.
    async fn answer(
        &self,
        charge: &Charge,
        work: impl FnOnce(&mut Account, &Switches) -> Told + Send,
    ) -> Result<Told, CallError> {
        let switches = lock(&self.0.switches).clone();
        if let Some(slow) = switches.slow {
            tokio::time::sleep(slow).await;
        }
        let mut memory = lock(&self.0.memory);
        let account = memory.account(charge, &self.0.source);
        if let Some(told) = account.told.get(&charge.key) {
            return Ok(told.clone());
        }
        let told = work(account, &switches);
        account.told.insert(charge.key.clone(), told.clone());
        if let Told::ActionRequired { redirect_url, .. } = &told {
            let token = redirect_url
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            memory.pages.insert(token, charge.payment_id);
        }
        if switches.answer_lost {
            let reason = "the sandbox was told to lose it".to_owned();
            return Err(CallError::AnswerLost { reason });
        }
        Ok(told)
    }
}

impl Provider for Sandbox {
    fn name(&self) -> &'static str {
        SANDBOX
    }

    fn authorize<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        let (now, token) = (self.0.source.now(), self.0.source.random::<16>());
        let page = format!("{}/v1/sandbox/{}", self.0.public_url, hex(&token));
        Box::pin(self.answer(charge, move |account, switches| {
            account.authorize(switches.redirect.then_some(page), now)
        }))
    }

    fn capture<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told> {
        let now = self.0.source.now();
        Box::pin(self.answer(
            charge,
            move |account, switches| match switches.failing_capture {
                true => declined("capture_refused"),
                false => account.capture(amount, now),
            },
        ))
    }

    fn void<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        Box::pin(self.answer(charge, |account, _| account.void()))
    }

    fn refund<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told> {
        let now = self.0.source.now();
        Box::pin(self.answer(charge, move |account, _| account.refund(amount, now)))
    }

    fn find<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Truth> {
        Box::pin(async move {
            let memory = lock(&self.0.memory);
            let account = memory.accounts.get(&charge.payment_id);
            Ok(account.map_or_else(|| Truth::absent(charge), Account::truth))
        })
    }

    /// It cannot speak of the time before the process began.
    fn list<'a>(&'a self, from: Timestamp, until: Timestamp) -> Calling<'a, Option<Vec<Booked>>> {
        Box::pin(async move {
            if from < self.0.since && until > self.0.since {
                return Ok(None);
            }
            let memory = lock(&self.0.memory);
            let booked = memory
                .accounts
                .values()
                .filter_map(|one| one.booked(from, until));
            Ok(Some(booked.collect()))
        })
    }
}

impl Memory {
    /// The account of a charge; of one that was forgotten, as we are told it was.
    fn account(&mut self, charge: &Charge, source: &Source) -> &mut Account {
        if !self.accounts.contains_key(&charge.payment_id) {
            if self.age.len() >= REMEMBERED
                && let Some(oldest) = self.age.pop_front()
            {
                self.accounts.remove(&oldest);
                self.pages.retain(|_, payment| *payment != oldest);
            }
            self.age.push_back(charge.payment_id);
        }
        let opened = || Account::opened(charge, hex(&source.random::<12>()));
        self.accounts
            .entry(charge.payment_id)
            .or_insert_with(opened)
    }
}

impl Account {
    fn opened(charge: &Charge, name: String) -> Self {
        let known = charge.reference.is_some();
        let amount = charge.amount.minor();
        Self {
            charge: charge.clone(),
            reference: charge.reference.clone().unwrap_or(format!("sbx_{name}")),
            standing: match known {
                true => Standing::Open,
                false => Standing::Pending,
            },
            authorized: if known { amount } else { 0 },
            captured: match known && charge.key.starts_with("refund") {
                true => amount,
                false => 0,
            },
            refunded: 0,
            told: HashMap::new(),
            moved: Vec::new(),
        }
    }

    fn authorize(&mut self, page: Option<String>, now: Timestamp) -> Told {
        let amount = self.charge.amount;
        let limit = DECLINES_FROM * 10_i64.pow(amount.currency().digits());
        if amount.minor() >= limit {
            let reason = "declined".to_owned();
            self.standing = Standing::Declined { reason };
            return declined("declined");
        }
        let reference = self.reference.clone();
        if let Some(redirect_url) = page {
            self.standing = Standing::ActionRequired {
                redirect_url: redirect_url.clone(),
            };
            return Told::ActionRequired {
                reference,
                redirect_url,
            };
        }
        self.approve(now);
        match self.captured {
            0 => Told::Authorized { reference },
            _ => Told::Captured { reference, amount },
        }
    }

    fn approve(&mut self, now: Timestamp) {
        self.standing = Standing::Open;
        self.authorized = self.charge.amount.minor();
        if self.charge.automatic_capture {
            self.captured = self.authorized;
            self.moved.push((now, self.captured, 0));
        }
    }

    fn capture(&mut self, amount: Money, now: Timestamp) -> Told {
        let wanted = amount.minor();
        if self.standing != Standing::Open || self.captured > 0 || wanted > self.authorized {
            return declined("nothing_set_aside");
        }
        self.captured = wanted;
        self.moved.push((now, wanted, 0));
        let reference = self.reference.clone();
        Told::Captured { reference, amount }
    }

    fn void(&mut self) -> Told {
        if self.captured > 0 {
            return declined("already_captured");
        }
        self.standing = Standing::Voided;
        Told::Voided
    }

    fn refund(&mut self, amount: Money, now: Timestamp) -> Told {
        if amount.minor() > self.captured - self.refunded {
            return declined("nothing_left");
        }
        self.refunded += amount.minor();
        self.moved.push((now, 0, amount.minor()));
        let reference = format!("{}_{}", self.reference, self.moved.len());
        Told::Refunded { reference }
    }

    fn truth(&self) -> Truth {
        let money = |minor| Money::new(minor, self.charge.amount.currency());
        Truth {
            standing: self.standing.clone(),
            reference: Some(self.reference.clone()),
            authorized: money(self.authorized),
            captured: money(self.captured),
            refunded: money(self.refunded),
        }
    }

    fn booked(&self, from: Timestamp, until: Timestamp) -> Option<Booked> {
        let of_day = |(at, ..): &&(Timestamp, i64, i64)| (from..until).contains(at);
        let moved = self.moved.iter().filter(of_day);
        let (captured, refunded) = moved.fold((0, 0), |sum, one| (sum.0 + one.1, sum.1 + one.2));
        let money = |minor| Money::new(minor, self.charge.amount.currency());
        (captured != 0 || refunded != 0).then(|| Booked {
            reference: self.reference.clone(),
            captured: money(captured),
            refunded: money(refunded),
        })
    }
}

fn declined(reason: &str) -> Told {
    Told::Declined {
        reason: reason.to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
