//! Is the process alive, and can it work? For load balancers, orchestrators and humans.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use kernel::ErrorKind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::Environment;
use crate::db::Db;
use crate::routes;

use super::allow::Allow;
use super::json::Json;
use super::problem::{ErrorBody, Problem};
use super::routes::Routes;

/// A database that answers later than this is not healthy.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the health pages look at.
#[derive(Clone)]
pub(super) struct Patient {
    db: Db,
    health: Arc<Health>,
}

/// How the process feels.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// `ok`; anything else is an error answer.
    #[schema(example = "ok")]
    status: &'static str,
    /// `development`, `staging` or `production`.
    #[schema(example = "development")]
    environment: &'static str,
    /// The version of Comptoir.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// The four health routes.
pub(super) fn routes(db: Db, environment: Environment) -> Routes<Patient> {
    let (status, environment) = ("ok", environment.as_str());
    let health = Arc::new(Health {
        status,
        environment,
        version: env!("CARGO_PKG_VERSION"),
    });
    Routes::new(Patient { db, health })
        .add(Allow::anyone(), routes!(health_page))
        .add(Allow::anyone(), routes!(live))
        .add(Allow::anyone(), routes!(ready))
        .add(Allow::anyone(), routes!(database))
}

/// The process answers.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "health",
    responses((status = 200, description = "It does", body = Health))
)]
async fn health_page(State(patient): State<Patient>) -> Json<Arc<Health>> {
    Json(patient.health)
}

/// The process answers; restart it when it does not.
#[utoipa::path(
    get, path = "/health/live", tag = "operations", operation_id = "health_live",
    responses((status = 200, description = "It does", body = Health))
)]
async fn live(State(patient): State<Patient>) -> Json<Arc<Health>> {
    Json(patient.health)
}

/// The process can serve requests; send it none while it cannot.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "health_ready",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "It cannot; the message says why", body = ErrorBody)
    )
)]
async fn ready(State(patient): State<Patient>) -> Result<Json<Arc<Health>>, Problem> {
    patient.check().await
}

/// The database answers.
#[utoipa::path(
    get, path = "/health/db", tag = "operations", operation_id = "health_db",
    responses(
        (status = 200, description = "It does", body = Health),
        (status = 503, description = "It does not; the message says why", body = ErrorBody)
    )
)]
async fn database(State(patient): State<Patient>) -> Result<Json<Arc<Health>>, Problem> {
    patient.check().await
}

impl Patient {
    async fn check(self) -> Result<Json<Arc<Health>>, Problem> {
        let sick = |message| Problem::new(ErrorKind::Unavailable, "DATABASE_UNAVAILABLE", message);
        match tokio::time::timeout(PATIENCE, self.db.ping()).await {
            Ok(Ok(())) => Ok(Json(self.health)),
            Ok(Err(fault)) => Err(sick("the database cannot be reached").caused_by(fault)),
            Err(_) => Err(sick("the database does not answer in time")),
        }
    }
}
