//! Countries, by their ISO 3166-1 code.

use crate::fault::invalid;
use crate::{schema, wire};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// All that are assigned, in the order of the alphabet.
const CODES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// A country or territory of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

/// Not the code of a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a country code of ISO 3166-1 alpha-2, like CA")]
pub struct BadCountry;
invalid!(BadCountry, "INVALID_COUNTRY");

impl Country {
    /// Two capital letters, like `CA`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.split(' ').map(Self)
    }
}

impl FromStr for Country {
    type Err = BadCountry;

    fn from_str(text: &str) -> Result<Self, BadCountry> {
        let mut all = Self::all();
        all.find(|one| one.code() == text).ok_or(BadCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "a country code")
    }
}

impl ComposeSchema for Country {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let codes = Self::all().map(|one| serde_json::Value::from(one.code()));
        schema::string("^[A-Z]{2}$", "CA")
            .enum_values(Some(codes))
            .description(Some("Code of ISO 3166-1 alpha-2."))
            .into()
    }
}
impl ToSchema for Country {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_249_countries_of_the_standard_are_known_and_no_other_word_is() {
        assert_eq!(Country::all().count(), 249);
        assert!(Country::all().is_sorted());
        assert_eq!("GB".parse::<Country>().unwrap().code(), "GB");
        for wrong in ["", "UK", "XX", "gb", "GBR", "A", "D A", "AD AE"] {
            assert_eq!(wrong.parse::<Country>(), Err(BadCountry), "{wrong}");
        }
    }
}
