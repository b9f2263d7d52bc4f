//! What is logged while a test tells its story, by whichever library, at the most talkative level.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Everything that was logged so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// A subscriber that writes into it.
    pub fn dispatch(&self) -> Dispatch {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone());
        Dispatch::new(subscriber.finish())
    }

    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A place that logs and was first reached by another test at the moment this one began to
    /// listen may have missed that. A new listener has every place asked again; called once the
    /// story has begun.
    pub fn ask_again(&self) {
        drop(self.dispatch());
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

thread_local! {
    static LISTENING: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// Tells a story on a runtime of its own, all of whose threads are listened to.
pub fn listening<T>(story: impl AsyncFnOnce(Log) -> T) -> T {
    // Leads what libraries say through `log` to `tracing` from now on.
    drop(tracing_subscriber::registry().set_default());
    let log = Log::default();
    let dispatch = log.dispatch();
    let listen = move || {
        let guard = tracing::dispatcher::set_default(&dispatch);
        LISTENING.with(|listening| *listening.borrow_mut() = Some(guard));
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(listen.clone())
        .build()
        .expect("a runtime can be built");
    listen();
    let told = runtime.block_on(story(log));
    LISTENING.with(|listening| listening.borrow_mut().take());
    told
}
