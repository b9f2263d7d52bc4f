//! Wiring: which contexts live in this process, and what they share.

use crate::asyncapi;
use kernel::Fault as _;
use notifications::Notifications;
use orders::{Offered, PaymentMethod};
use payments::Payments;
use payments::provider::hosted::NoClient;
use payments::provider::sandbox::Switches;
use platform::auth::Tokens;
use platform::config::{ConfigFaults, Options, Settings};
use platform::db::Db;
use platform::events::{Runner, Sequencer};
use platform::http::{Authenticate, RouteTable, Site, all_routes, site};
use platform::module::{Finding, PLATFORM_MIGRATIONS, run_audits};
use platform::vault::Vault;
use platform::{Audit, DbError, Host, Load, Module, Source, Subscriptions};
use secrecy::ExposeSecret as _;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use tokio::task::JoinSet;

/// Who access tokens are for.
const AUDIENCE: &str = "comptoir";

/// All contexts over one database, ready to serve.
pub struct Shop {
    host: Host,
    modules: Vec<Module>,
    payments: Payments,
    notifications: Notifications,
    authenticate: Arc<dyn Authenticate>,
}

/// What one process was told: the settings of the house, and those of contexts that have their own.
#[derive(Clone)]
pub struct AllSettings {
    pub settings: Arc<Settings>,
    pub payments: payments::Settings,
    pub notifications: notifications::Settings,
}

/// What happened to the schema at start: context and steps applied.
pub type Migrated = Vec<(&'static str, Vec<&'static str>)>;

/// Why the shop does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot make the data folder: {0}")]
    DataDir(#[from] std::io::Error),
    #[error("database: {0}")]
    Db(#[from] DbError),
    #[error("payments: {0}")]
    NoClient(#[from] NoClient),
    #[error("notifications: {0}")]
    NoPost(#[from] notifications::NoClient),
}

impl AllSettings {
    /// Everything, or all that is wrong with any of it.
    pub fn load(
        options: &Options,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigFaults> {
        let (settings, mut faults) = Settings::read(options, env);
        match faults.take(Self::beside(Arc::new(settings), env)) {
            Some(all) => faults.none().map(|()| all),
            None => Err(faults),
        }
    }

    /// Everything from the environment that contexts have of their own, beside `settings`.
    pub fn beside(
        settings: Arc<Settings>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigFaults> {
        let local_url = format!("http://{}", settings.listen);
        let environment = settings.environment;
        let here = (local_url.as_str(), settings.data_dir.as_path());
        let mut faults = ConfigFaults::default();
        let payments = faults.take(payments::Settings::load(environment, &local_url, env));
        let notifications = notifications::Settings::load(environment, here, env);
        match (payments, faults.take(notifications)) {
            (Some(payments), Some(notifications)) => Ok(Self {
                settings,
                payments,
                notifications,
            }),
            _ => Err(faults),
        }
    }
}

impl AllSettings {
    /// For tests and documents: a shop that needs nothing.
    pub fn for_tests() -> Self {
        let settings = Settings::for_tests();
        let outbox = settings.data_dir.join("outbox");
        Self {
            settings: Arc::new(settings),
            payments: payments::Settings::for_tests(Switches::default()),
            notifications: notifications::Settings::for_tests(outbox),
        }
    }
}

impl Shop {
    /// Connects, brings the schema up to date and wires every context.
    pub async fn open(settings: AllSettings, source: Source) -> Result<Self, StartError> {
        let (shop, _) = Self::open_migrating(settings, source).await?;
        Ok(shop)
    }

    /// As [`Shop::open`], telling what was migrated.
    pub async fn open_migrating(
        settings: AllSettings,
        source: Source,
    ) -> Result<(Self, Migrated), StartError> {
        let own = Arc::clone(&settings.settings);
        own.make_data_dir()?;
        let url = own.database_url.expose_secret();
        let db = Db::connect(url, own.db_options(), source.clone()).await?;
        let shop = Self::wire(host(own, source, db), settings)?;
        let migrated = shop.migrate().await?;
        identity::ensure_signing_key(&shop.host).await?;
        Ok((shop, migrated))
    }

    /// Wires every context over the host's database, without touching it.
    pub fn wire(host: Host, settings: AllSettings) -> Result<Self, StartError> {
        let payments = Payments::new(&host, settings.payments)?;
        let notifications = Notifications::new(&host, settings.notifications)?;
        let modules = modules(&host, &payments, &notifications);
        let authenticate = identity::authenticator(&host);
        let mut shop = Self {
            host,
            modules,
            payments,
            notifications,
            authenticate,
        };
        let subscriptions = shop.take_subscriptions();
        shop.host.db.attach(Arc::new(subscriptions))?;
        Ok(shop)
    }

    fn take_subscriptions(&mut self) -> Subscriptions {
        let take = |module: &mut Module| std::mem::take(&mut module.subscriptions);
        self.modules
            .iter_mut()
            .map(take)
            .fold(Subscriptions::new(), Subscriptions::merge)
    }

    async fn migrate(&self) -> Result<Migrated, DbError> {
        let db = &self.host.db;
        let mut migrated = vec![(
            "platform",
            db.migrate("platform", PLATFORM_MIGRATIONS).await?,
        )];
        for module in &self.modules {
            migrated.push((
                module.name,
                db.migrate(module.name, module.migrations).await?,
            ));
        }
        Ok(migrated)
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn payments(&self) -> &Payments {
        &self.payments
    }

    pub fn notifications(&self) -> &Notifications {
        &self.notifications
    }

    /// Every audit of every context.
    pub fn audits(&self) -> Vec<Audit> {
        self.modules
            .iter()
            .flat_map(|module| module.audits.iter().copied())
            .collect()
    }

    /// Every audit with the context it belongs to.
    pub fn audits_by_context(&self) -> Vec<(&'static str, Audit)> {
        let named = |module: &'_ Module| {
            let name = module.name;
            module.audits.iter().map(move |audit| (name, *audit))
        };
        self.modules.iter().flat_map(named).collect()
    }

    /// Runs every audit; a healthy database yields nothing.
    pub async fn verify(&self) -> Result<Vec<Finding>, DbError> {
        run_audits(&self.host.db, &self.audits()).await
    }

    /// Every operation with its permission and its documentation.
    pub fn take_routes(&mut self) -> RouteTable {
        let take = |module: &mut Module| std::mem::take(&mut module.routes);
        let contexts = self
            .modules
            .iter_mut()
            .map(take)
            .fold(RouteTable::default(), RouteTable::merge);
        all_routes(&self.host, contexts).asyncapi(&asyncapi::document())
    }

    /// The whole API as one service.
    pub fn site(&mut self) -> Site {
        let table = self.take_routes();
        site(&self.host, Arc::clone(&self.authenticate), table)
    }

    /// Starts what works in the background: the sequencer, a runner per context, the jobs.
    /// Everything stops when the set is dropped.
    pub fn start_workers(&mut self) -> JoinSet<()> {
        let db = &self.host.db;
        let mut workers = JoinSet::new();
        workers.spawn(Sequencer::new(db.clone()).run());
        if let Some(subscriptions) = db.subscriptions() {
            let contexts: BTreeSet<_> = subscriptions.contexts().collect();
            for context in contexts {
                let runner = Runner::new(
                    db.clone(),
                    Arc::clone(&subscriptions),
                    context,
                    &self.host.load,
                );
                workers.spawn(runner.run());
            }
        }
        for module in &mut self.modules {
            for job in std::mem::take(&mut module.jobs) {
                workers.spawn(job.repeat());
            }
        }
        for job in platform::http::jobs(&self.host) {
            workers.spawn(job.repeat());
        }
        workers
    }
}

/// The methods that somebody here takes payments by.
fn offered(host: &Host, payments: &Payments) -> Offered {
    let currency = host.settings.currency;
    let all = PaymentMethod::ALL.into_iter();
    Offered::new(all.filter(|method| payments.takes(method.as_str(), currency)))
}

/// Every context, at home in one database.
pub fn modules(host: &Host, payments: &Payments, notifications: &Notifications) -> Vec<Module> {
    let slot = Arc::new(OnceLock::new());
    let stock = inventory::Inventory::new(host);
    let modules = vec![
        identity::module(host),
        people::module(host, Some(orders::shipping_addresses(host))),
        catalog::module(host, Arc::clone(&slot)),
        // Before inventory: a cancellation then takes its locks in the order in which a parcel
        // that leaves takes them.
        shipments::module(host),
        // Before inventory: a checkout locks a cart and then levels, so whatever undoes an order
        // must come to its cart first, too. Reactions run in the order of the modules.
        orders::module(host, offered(host, payments), Arc::clone(&slot)),
        stock.module(),
        payments.module(),
        notifications.module(),
        reports::module(host),
    ];
    let _ = slot.set(stock.availability());
    modules
}

/// What a process lends to the contexts of one database.
pub fn host(settings: Arc<Settings>, source: Source, db: Db) -> Host {
    let vault = Vault::new(&settings.secret, source.clone(), None);
    let tokens = Tokens::new(source.clone(), &settings.token_issuer, AUDIENCE);
    Host {
        db,
        source,
        vault,
        tokens,
        settings,
        load: Load::default(),
    }
}

impl StartError {
    /// What to do about it, for the terminal.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::DataDir(_) => "choose another folder with --data-dir or COMPTOIR_DATA_DIR",
            Self::Db(error) if error.code() == "DATABASE_UNAVAILABLE" => {
                "is the database running? check DATABASE_URL"
            }
            Self::NoPost(notifications::NoClient::Smtp) => "check COMPTOIR_SMTP_URL",
            Self::NoClient(_) | Self::NoPost(_) => {
                "install the certificates that this machine shall trust"
            }
            Self::Db(_) => "check DATABASE_URL and COMPTOIR_SECRET; both must be the shop's own",
        }
    }
}
