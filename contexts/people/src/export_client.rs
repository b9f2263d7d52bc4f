//! Everything held on one person: what is here, and what orders say they hold. An export must be
//! complete, so that it fails where orders are at home and do not answer.

use crate::client::{Client, ClientFault};
use crate::employee::Employee;
use crate::link_client::registrant;
use crate::read_clients::find_client;
use crate::read_employees;
use crate::store::employees;
use contracts::ports::{ShippingAddress, ShippingAddresses};
use kernel::ClientId;
use platform::Host;
use std::sync::Arc;

/// What an export draws from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sources {
    pub host: Host,
    /// Absent where orders live in another process.
    pub addresses: Option<Arc<dyn ShippingAddresses>>,
}

/// Everything held on one person.
pub(crate) struct Held {
    pub client: Client,
    /// The records of the person as an employee who signs in as the same user.
    pub employments: Vec<Employee>,
    /// `None` where nobody here can say.
    pub shipping_addresses: Option<Vec<ShippingAddress>>,
}

/// Gathers what is held on a person.
pub(crate) async fn export_client(sources: &Sources, id: ClientId) -> Result<Held, ClientFault> {
    let host = &sources.host;
    let client = find_client(host, id).await?;
    let employments = {
        let mut tx = host.db.read().await?;
        let user_id = client.user_id.unwrap_or_else(|| registrant(id));
        let rows = employees::of_user(&mut tx, user_id).await?;
        read_employees::open_employees(&host.vault, &mut tx, rows).await?
    };
    let shipping_addresses = match &sources.addresses {
        Some(port) => Some(port.of_client(id).await?),
        None => None,
    };
    Ok(Held {
        client,
        employments,
        shipping_addresses,
    })
}
