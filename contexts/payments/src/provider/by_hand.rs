//! Cash and invoice: people move the money, and we write down what they say. Nobody is called.

use super::{CallError, Calling, Charge, Provider, Told, Truth};
use kernel::Money;

/// The methods whose money people move.
pub const BY_HAND: [&str; 2] = [CASH, INVOICE];
pub const CASH: &str = "cash";
pub const INVOICE: &str = "invoice";

/// A way to pay that needs no machine.
pub struct ByHand(pub &'static str);

impl Provider for ByHand {
    fn name(&self) -> &'static str {
        self.0
    }

    fn by_hand(&self) -> bool {
        true
    }

    fn authorize<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Told> {
        self.capture(charge, charge.amount)
    }

    fn capture<'a>(&'a self, charge: &'a Charge, amount: Money) -> Calling<'a, Told> {
        let reference = charge.key.clone();
        Box::pin(async move { Ok(Told::Captured { reference, amount }) })
    }

    fn void<'a>(&'a self, _: &'a Charge) -> Calling<'a, Told> {
        Box::pin(async { Ok(Told::Voided) })
    }

    fn refund<'a>(&'a self, charge: &'a Charge, _: Money) -> Calling<'a, Told> {
        let reference = charge.key.clone();
        Box::pin(async move { Ok(Told::Refunded { reference }) })
    }

    /// There is nobody to ask.
    fn find<'a>(&'a self, charge: &'a Charge) -> Calling<'a, Truth> {
        Box::pin(async { Ok::<_, CallError>(Truth::absent(charge)) })
    }
}
