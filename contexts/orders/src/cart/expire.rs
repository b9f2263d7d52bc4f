//! Job: carts that nobody touched for 30 days go. In portions, so that nobody waits long for the
//! writer; several processes may do so at once.

use super::store;
use platform::{DbError, Host, Job};
use std::time::Duration;

/// An expired cart shows as none at once; when its rows go does not matter much.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Carts in one transaction; each has few lines.
const PORTION: u16 = 500;

pub fn job(host: &Host) -> Job {
    Job::new("orders.expire-carts", EVERY, host, |host| async move {
        expire(&host, PORTION).await.map(drop)
    })
}

/// Removes every cart that has expired by now; answers how many.
async fn expire(host: &Host, portion: u16) -> Result<u64, DbError> {
    let mut total = 0;
    loop {
        let mut tx = host.db.begin().await?;
        let now = host.source.now();
        let gone = store::delete_expired(&mut tx, now, i64::from(portion)).await?;
        tx.commit().await?;
        total += gone;
        if gone < u64::from(portion) {
            return Ok(total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::lines::Cart;
    use crate::cart::store;
    use kernel::ClientId;
    use platform::Module;
    use testkit::{TestApp, on_both};
    use uuid::Uuid;

    fn app(host: &Host) -> Vec<Module> {
        let offered = crate::Offered::usual(host.settings.environment);
        vec![crate::module(host, offered, Default::default())]
    }

    async fn make(app: &TestApp, clients: std::ops::Range<u128>) {
        let (source, mut tx) = (&app.host().source, app.host().db.begin().await.unwrap());
        let client = |nth| Some(ClientId::from_uuid(Uuid::from_u128(nth)));
        let carts: Vec<Cart> = clients
            .map(|nth| Cart::new(source.id(), client(nth), source.now()))
            .collect();
        store::make_of_clients(&mut tx, &carts).await.unwrap();
        tx.commit().await.unwrap();
    }

    on_both! {
        async fn carts_that_nobody_touched_go_in_portions_and_the_others_stay(app: TestApp) {
            make(&app, 0..7).await;
            app.clock_advance(Duration::from_secs(20 * 24 * 60 * 60));
            make(&app, 10..13).await;
            assert_eq!(expire(app.host(), 3).await.unwrap(), 0);
            app.clock_advance(Duration::from_secs(10 * 24 * 60 * 60));
            assert_eq!(expire(app.host(), 3).await.unwrap(), 7);
            assert_eq!(expire(app.host(), 3).await.unwrap(), 0);
            let mut tx = app.host().db.read().await.unwrap();
            let left = tx.query("select count(*) as total from orders_cart").fetch_one().await;
            assert_eq!(left.unwrap().get::<i64>("total").unwrap(), 3);
        }
    }
}
