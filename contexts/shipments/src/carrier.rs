//! Who carries parcels: a port with two carriers behind it, one for whatever people arrange
//! themselves, and one to try things out with. Pure: neither calls anybody. A carrier that must be
//! called needs a row that says so and a worker, as a request cannot wait for it.

use crate::fault::ShipmentError;
use crate::tracking::TrackingNumber;
use kernel::{Name, Timestamp};
use platform::http::Patch;
use std::time::Duration;

/// The carrier when nobody names one.
pub const MANUAL: &str = "manual";
/// The one that plays.
pub const SANDBOX: &str = "sandbox";
/// How long the sandbox says that it takes.
const SANDBOX_TAKES: Duration = Duration::from_secs(3 * 24 * 3600);

/// How a parcel travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub carrier: String,
    pub tracking_number: Option<TrackingNumber>,
    pub estimated_delivery: Option<Timestamp>,
}

/// What somebody says of it.
#[derive(Debug, Default)]
pub struct LabelWish {
    pub carrier: Option<Name>,
    pub tracking_number: Patch<TrackingNumber>,
    pub estimated_delivery: Patch<Timestamp>,
}

/// What a carrier goes by when it makes a label.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: Timestamp,
    /// Random bytes, for numbers that cannot be guessed.
    pub chance: [u8; 16],
    /// Whether the sandbox may be used here.
    pub sandbox: bool,
}

/// Somebody who carries parcels.
trait Carrier {
    /// The label of a new parcel, or of one that it has labelled before.
    fn label(
        &self,
        old: Option<&Label>,
        name: String,
        wish: LabelWish,
        at: Moment,
    ) -> Result<Label, ShipmentError>;
}

/// Any carrier, by name: people give the number and the date, if there are any.
struct Manual;

/// Makes up numbers and dates. Its parcels stay where they are unless somebody moves them.
struct Sandbox;

impl LabelWish {
    /// Whether it says nothing of who carries the parcel under which number.
    pub fn keeps_carrier(&self) -> bool {
        self.carrier.is_none() && self.tracking_number.is_keep()
    }
}

/// The label after a wish; `None` is a parcel without one.
pub fn label(old: Option<&Label>, wish: LabelWish, at: Moment) -> Result<Label, ShipmentError> {
    let named = wish.carrier.as_ref().map(Name::as_str);
    let name = named
        .or_else(|| old.map(|label| label.carrier.as_str()))
        .unwrap_or(MANUAL);
    let plays = name.eq_ignore_ascii_case(SANDBOX);
    if plays && !at.sandbox {
        return Err(ShipmentError::UnknownCarrier);
    }
    // What another kind of carrier has made is of no use to this one.
    let old = old.filter(|label| (label.carrier == SANDBOX) == plays);
    match plays {
        true => Sandbox.label(old, SANDBOX.to_owned(), wish, at),
        false => Manual.label(old, name.to_owned(), wish, at),
    }
}

impl Carrier for Manual {
    fn label(
        &self,
        old: Option<&Label>,
        carrier: String,
        wish: LabelWish,
        _: Moment,
    ) -> Result<Label, ShipmentError> {
        let number = old.and_then(|label| label.tracking_number.clone());
        let date = old.and_then(|label| label.estimated_delivery);
        Ok(Label {
            carrier,
            tracking_number: wish.tracking_number.over(number),
            estimated_delivery: wish.estimated_delivery.over(date),
        })
    }
}

impl Carrier for Sandbox {
    fn label(
        &self,
        old: Option<&Label>,
        carrier: String,
        wish: LabelWish,
        at: Moment,
    ) -> Result<Label, ShipmentError> {
        if !wish.tracking_number.is_keep() {
            return Err(ShipmentError::NumberIsMade);
        }
        let (number, date) = match old {
            Some(label) => (label.tracking_number.clone(), label.estimated_delivery),
            None => (number_of(at.chance), Some(at.now.plus(SANDBOX_TAKES))),
        };
        Ok(Label {
            carrier,
            tracking_number: number,
            estimated_delivery: wish.estimated_delivery.over(date),
        })
    }
}

/// `SBX-` and 125 random bits, five a character.
fn number_of(chance: [u8; 16]) -> Option<TrackingNumber> {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bits = u128::from_be_bytes(chance);
    let mut text = "SBX-".to_owned();
    for _ in 0..25 {
        text.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Moment {
        Moment {
            now: Timestamp::from_unix_micros(0),
            chance: [7; 16],
            sandbox: true,
        }
    }

    fn by(carrier: &str) -> LabelWish {
        LabelWish {
            carrier: carrier.parse().ok(),
            ..LabelWish::default()
        }
    }

    fn number(text: &str) -> Patch<TrackingNumber> {
        Patch::Set(text.parse().unwrap())
    }

    #[test]
    fn people_give_the_number_and_the_date_or_neither() {
        let bare = label(None, LabelWish::default(), at()).unwrap();
        assert_eq!(
            (bare.carrier.as_str(), bare.tracking_number),
            (MANUAL, None)
        );
        let wish = LabelWish {
            tracking_number: number("PARCEL-1"),
            ..by("Canada Post")
        };
        let given = label(None, wish, at()).unwrap();
        assert_eq!(given.carrier, "Canada Post");
        let renamed = label(Some(&given), by("Postes Canada"), at()).unwrap();
        assert_eq!(renamed.tracking_number, given.tracking_number);
        let cleared = LabelWish {
            tracking_number: Patch::Clear,
            ..LabelWish::default()
        };
        assert_eq!(
            label(Some(&given), cleared, at()).unwrap().tracking_number,
            None
        );
    }

    #[test]
    fn the_sandbox_makes_a_number_and_a_date_and_keeps_them() {
        let made = label(None, by("Sandbox"), at()).unwrap();
        assert_eq!(made.carrier, SANDBOX);
        assert!(made.estimated_delivery.unwrap() > at().now);
        let other = Moment {
            chance: [8; 16],
            ..at()
        };
        assert_eq!(label(Some(&made), by("sandbox"), other).unwrap(), made);
        let fresh = label(None, by("sandbox"), other).unwrap();
        assert_ne!(fresh.tracking_number, made.tracking_number);
    }

    #[test]
    fn what_the_sandbox_made_up_goes_when_it_goes() {
        let made = label(None, by("sandbox"), at()).unwrap();
        let real = label(Some(&made), by("Canada Post"), at()).unwrap();
        assert_eq!(
            (real.tracking_number, real.estimated_delivery),
            (None, None)
        );
    }

    #[test]
    fn nobody_gives_the_sandbox_a_number_and_it_can_be_closed() {
        let wish = LabelWish {
            tracking_number: number("PARCEL-1"),
            ..by("sandbox")
        };
        assert!(matches!(
            label(None, wish, at()),
            Err(ShipmentError::NumberIsMade)
        ));
        let closed = Moment {
            sandbox: false,
            ..at()
        };
        let refused = label(None, by("SANDBOX"), closed);
        assert!(matches!(refused, Err(ShipmentError::UnknownCarrier)));
    }
}
