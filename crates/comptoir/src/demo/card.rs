//! What is printed for whoever started the demo.

use std::fmt;

/// How to begin.
pub enum DemoCard {
    Filled(Box<Filled>),
    /// There was something in the shop, so nothing was added.
    NotEmpty {
        base_url: String,
    },
}

/// How to get into a shop that was filled just now. The secrets are shown this once only.
pub struct Filled {
    pub base_url: String,
    pub user: String,
    pub password: String,
    pub key: String,
    pub client: String,
    pub product: String,
}

impl fmt::Display for DemoCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filled(filled) => filled.fmt(f),
            Self::NotEmpty { base_url } => {
                writeln!(f, "The shop is not empty: the demo added nothing.")?;
                writeln!(f, "  API pages  {base_url}/docs")?;
                writeln!(
                    f,
                    "  a new key  comptoir api-key create --name demo --role clerk"
                )
            }
        }
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            base_url,
            user,
            password,
            key,
            client,
            product,
        } = self;
        writeln!(
            f,
            "The demo shop is open. Its secrets are shown this once only."
        )?;
        writeln!(f, "  API pages  {base_url}/docs")?;
        writeln!(f, "  sign in    {user}  {password}")?;
        writeln!(f, "  API key    {key}")?;
        writeln!(f, "Place an order:")?;
        writeln!(
            f,
            "curl -i {base_url}/v1/orders -H 'Authorization: Bearer {key}' \
             -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-order' \
             -d '{{\"client_id\":\"{client}\",\"items\":[{{\"product_id\":\"{product}\",\
             \"quantity\":1}}],\"payment\":{{\"method\":\"cash\"}}}}'"
        )
    }
}
