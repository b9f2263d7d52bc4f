//! Runs one body against one engine, and sees to the end of it whatever happens.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures::FutureExt as _;

use crate::{Setup, TestApp};

/// Starts the app, runs the body, then checks that every event was handled and audits are clean.
/// The database goes in any case.
pub fn run(setup: Setup, body: impl AsyncFnOnce(TestApp)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built");
    runtime.block_on(async {
        let app = TestApp::start(setup).await;
        let story = async {
            body(app.clone()).await;
            app.finish().await;
        };
        let ended = AssertUnwindSafe(story).catch_unwind().await;
        app.end().await;
        if let Err(panic) = ended {
            resume_unwind(panic);
        }
    });
}
