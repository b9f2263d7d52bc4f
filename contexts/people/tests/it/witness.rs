//! Somebody who is told what people publishes, and remembers it. All tests of the process share
//! the memory; ids keep them apart.

use contracts::people::{ClientChanged, EmployeeChanged, LoginLinked};
use kernel::{ClientId, event_set};
use platform::{DbError, Delivered, Module, Reaction, Subscriptions, Tx};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

event_set!(
    #[derive(Clone, Debug, PartialEq)]
    pub enum PeopleFact {
        Client(ClientChanged),
        Employee(EmployeeChanged),
        Login(LoginLinked),
    }
);

static SEEN: Mutex<Vec<(Uuid, i64, PeopleFact)>> = Mutex::new(Vec::new());

struct OnPeople;

impl Reaction for OnPeople {
    type Event = PeopleFact;
    const NAME: &'static str = "witness.on-people";

    async fn handle(&self, _: &mut Tx, batch: &[Delivered<PeopleFact>]) -> Result<(), DbError> {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(
            batch
                .iter()
                .map(|one| (one.aggregate_id, one.version, one.event.clone())),
        );
        Ok(())
    }
}

pub fn module() -> Module {
    Module::new("witness").subscriptions(Subscriptions::new().on(OnPeople))
}

/// What was told of a client: version, archived, erased.
pub fn told_of_client(id: Uuid) -> Vec<(i64, bool, bool)> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let told = seen.iter().filter(|(about, ..)| *about == id);
    told.filter_map(|(_, version, fact)| match fact {
        PeopleFact::Client(client) => Some((*version, client.archived, client.erased)),
        _ => None,
    })
    .collect()
}

/// What was told of an employee.
pub fn told_of_employee(id: Uuid) -> Vec<(i64, EmployeeChanged)> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let told = seen.iter().filter(|(about, ..)| *about == id);
    told.filter_map(|(_, version, fact)| match fact {
        PeopleFact::Employee(employee) => Some((*version, employee.clone())),
        _ => None,
    })
    .collect()
}

/// Which clients a login was told to be, oldest first.
pub fn told_of_login(id: Uuid) -> Vec<ClientId> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let told = seen.iter().filter(|(about, ..)| *about == id);
    told.filter_map(|(_, _, fact)| match fact {
        PeopleFact::Login(login) => Some(login.client_id),
        _ => None,
    })
    .collect()
}
