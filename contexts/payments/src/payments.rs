//! Payments in a process: what its use cases share.

use crate::provider::hosted::NoClient;
use crate::provider::payfast::PayFast;
use crate::provider::routing::Providers;
use crate::provider::sandbox::Sandbox;
use crate::provider::stripe::Stripe;
use crate::provider::{Provider, Urls};
use crate::save::Bell;
use crate::settings::Settings;
use crate::store::cases;
use kernel::{Currency, PaymentId};
use platform::events::Lease;
use platform::{DbError, Host};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Everything payments needs to work. Clones are the same.
#[derive(Clone)]
pub struct Payments {
    pub(crate) host: Host,
    pub(crate) settings: Arc<Settings>,
    pub(crate) providers: Providers,
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) payfast: Option<Arc<PayFast>>,
    pub(crate) bell: Bell,
    /// Held by whoever makes the calls; the lease keeps other processes from it.
    pub(crate) lease: Arc<Mutex<Option<Lease>>>,
    /// The name of this process on the lease.
    pub(crate) owner: Arc<str>,
}

impl Payments {
    /// With the providers that `settings` name. Fails where no HTTPS client can be made.
    pub fn new(host: &Host, settings: Settings) -> Result<Self, NoClient> {
        let sandbox = settings
            .sandbox
            .clone()
            .map(|switches| Sandbox::new(switches, &settings.public_url, host.source.clone()));
        let mut configured: Vec<Arc<dyn Provider>> = Vec::new();
        if let Some(sandbox) = &sandbox {
            configured.push(Arc::new(sandbox.clone()));
        }
        if let Some(stripe) = &settings.stripe {
            configured.push(Arc::new(Stripe::new(stripe)?));
        }
        let payfast = settings.payfast.clone().map(PayFast::new).transpose()?;
        let payfast = payfast.map(Arc::new);
        if let Some(payfast) = &payfast {
            configured.push(Arc::clone(payfast) as Arc<dyn Provider>);
        }
        Ok(Self {
            providers: Providers::new(configured, settings.routes.clone()),
            sandbox,
            payfast,
            host: host.clone(),
            settings: Arc::new(settings),
            bell: Bell::default(),
            lease: Arc::default(),
            owner: host.db.lease_owner().into(),
        })
    }

    /// Whether somebody is there to take payments of this method.
    pub fn takes(&self, method: &str, currency: Currency) -> bool {
        self.providers.of_method(method, currency).is_some()
    }

    /// The sandbox of this process, if it has one.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The payment that a provider knows by this name.
    pub async fn by_reference(
        &self,
        provider: &str,
        reference: &str,
    ) -> Result<Option<PaymentId>, DbError> {
        let mut tx = self.host.db.read().await?;
        cases::by_reference(&mut tx, provider, reference).await
    }

    pub(crate) fn urls(&self) -> Urls {
        Urls {
            success: self.settings.success_url.clone(),
            cancel: self.settings.cancel_url.clone(),
        }
    }
}
