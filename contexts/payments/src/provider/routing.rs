//! Which provider takes a payment: chosen by the method that the buyer names and the currency.

use super::Provider;
use super::by_hand::{BY_HAND, ByHand};
use kernel::Currency;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// Whether people move the money of this method or provider: the two carry the same names.
pub fn is_by_hand(name: &str) -> bool {
    BY_HAND.contains(&name)
}

/// `METHOD=PROVIDER` or `METHOD/CURRENCY=PROVIDER`: who takes payments of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: String,
    /// `None`: whatever no other route of the method names.
    pub currency: Option<Currency>,
    pub provider: String,
}

/// Not a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no route: write METHOD=PROVIDER or METHOD/CURRENCY=PROVIDER")]
pub struct BadRoute(String);

impl FromStr for Route {
    type Err = BadRoute;

    fn from_str(text: &str) -> Result<Self, BadRoute> {
        let bad = || BadRoute(text.to_owned());
        let (what, provider) = text.split_once('=').ok_or_else(bad)?;
        let (method, currency) = match what.split_once('/') {
            Some((method, code)) => (method, Some(code.trim().parse().map_err(|_| bad())?)),
            None => (what, None),
        };
        let (method, provider) = (method.trim(), provider.trim());
        if method.is_empty() || provider.is_empty() {
            return Err(bad());
        }
        Ok(Self {
            method: method.to_owned(),
            currency,
            provider: provider.to_owned(),
        })
    }
}

/// Every provider of a process, and who takes what. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    all: Arc<BTreeMap<&'static str, Arc<dyn Provider>>>,
    routes: Arc<[Route]>,
}

impl Providers {
    /// Those whom people need no machine for, and `configured`.
    pub fn new(configured: Vec<Arc<dyn Provider>>, routes: Vec<Route>) -> Self {
        let by_hand = BY_HAND.map(|name| Arc::new(ByHand(name)) as Arc<dyn Provider>);
        let all = configured.into_iter().chain(by_hand);
        Self {
            all: Arc::new(all.map(|one| (one.name(), one)).collect()),
            routes: routes.into(),
        }
    }

    /// Who takes a new payment; without a route, the provider that is called like the method.
    pub fn of_method(&self, method: &str, currency: Currency) -> Option<&Arc<dyn Provider>> {
        if is_by_hand(method) {
            return self.named(method);
        }
        let routes = || self.routes.iter().filter(|route| route.method == method);
        let exact = routes().find(|route| route.currency == Some(currency));
        let route = exact.or_else(|| routes().find(|route| route.currency.is_none()));
        self.named(route.map_or(method, |route| &route.provider))
    }

    /// The provider that a payment went to.
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.all.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.all.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn providers(routes: &[&str]) -> Providers {
        let named = ["stripe", "payfast"].map(|name| Arc::new(ByHand(name)) as Arc<dyn Provider>);
        let routes = routes
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_, _>>();
        Providers::new(named.into(), routes.unwrap_or_default())
    }

    fn taker(providers: &Providers, method: &str, currency: &str) -> Option<&'static str> {
        let currency = currency.parse().ok()?;
        Some(providers.of_method(method, currency)?.name())
    }

    #[test]
    fn a_currency_of_its_own_beats_the_route_of_the_method() {
        let providers = providers(&["card=stripe", "card/ZAR=payfast"]);
        assert_eq!(taker(&providers, "card", "CAD"), Some("stripe"));
        assert_eq!(taker(&providers, "card", "ZAR"), Some("payfast"));
    }

    #[test]
    fn without_a_route_the_method_names_its_provider() {
        let providers = providers(&["cash=stripe"]);
        assert_eq!(taker(&providers, "payfast", "ZAR"), Some("payfast"));
        assert_eq!(taker(&providers, "sandbox", "CAD"), None);
        assert_eq!(
            taker(&providers, "cash", "CAD"),
            Some("cash"),
            "cash is nobody else's"
        );
    }

    #[test]
    fn what_is_no_route_is_refused() {
        for text in ["", "card", "=stripe", "card=", "card/XX=stripe"] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
    }
}
