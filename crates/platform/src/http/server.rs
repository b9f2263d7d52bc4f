//! Listens, serves a [`Site`], and stops without cutting anybody off.

use std::io;
use std::net::{SocketAddr, TcpListener};

use axum::ServiceExt;
use axum::extract::Request;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use hyper_util::rt::TokioTimer;

use crate::config::Limits;

use super::site::Site;

/// All headers of a request together. Browsers send 1 to 4 KiB, proxies cut at 8 to 64.
const HEADER_BYTES: usize = 64 * 1024;

/// Serves `site` on `listener` until `stop` is done; then takes no more connections, ends streams,
/// and gives other open requests until the shutdown timeout.
///
/// HTTP/1.1 only: guessing the protocol would wait for a silent caller's first bytes for ever,
/// before any timeout of ours applies. A gateway in front speaks HTTP/2 to the world.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    limits: &Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let handle = Handle::<SocketAddr>::new();
    let (stopping, deadline) = (handle.clone(), limits.shutdown_timeout);
    let closing = site.closing().clone();
    let stopper = tokio::spawn(async move {
        stop.await;
        tracing::info!("stopping: no more connections, open requests are finished");
        stopping.graceful_shutdown(Some(deadline));
        closing.cancel();
    });
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(NoDelayAcceptor::new())
        .handle(handle)
        .http1_only();
    let http = server.http_builder();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(HEADER_BYTES);
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(site);
    let served = server.serve(service).await;
    stopper.abort();
    served
}
