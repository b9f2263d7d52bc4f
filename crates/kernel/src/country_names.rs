//! The English names of countries, as the files of other systems write them. Pure.

use crate::Country;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Each code with its names; the first is the usual one. Which Korea `Korea` is nobody knows, and
/// the Channel Islands are two, so those are not here.
const NAMES: &str = "\
AD Andorra; AE United Arab Emirates|UAE; AF Afghanistan; AG Antigua and Barbuda; AI Anguilla; \
AL Albania; AM Armenia; AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; \
AU Australia; AW Aruba; AX Åland Islands|Aland Islands; AZ Azerbaijan; \
BA Bosnia and Herzegovina|Bosnia; BB Barbados; BD Bangladesh; BE Belgium; BF Burkina Faso; \
BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BL Saint Barthélemy|Saint Barthelemy; BM Bermuda; \
BN Brunei Darussalam|Brunei; BO Bolivia; BQ Bonaire, Sint Eustatius and Saba; BR Brazil; \
BS Bahamas|The Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus; BZ Belize; \
CA Canada; CC Cocos (Keeling) Islands|Cocos Islands; \
CD Democratic Republic of the Congo|DR Congo; CF Central African Republic; \
CG Republic of the Congo; CH Switzerland; CI Côte d'Ivoire|Cote d'Ivoire|Ivory Coast; \
CK Cook Islands; CL Chile; CM Cameroon; CN China|People's Republic of China; CO Colombia; \
CR Costa Rica; CU Cuba; CV Cabo Verde|Cape Verde; CW Curaçao|Curacao; CX Christmas Island; \
CY Cyprus; CZ Czechia|Czech Republic; DE Germany; DJ Djibouti; DK Denmark; DM Dominica; \
DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara; \
ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia; \
FO Faroe Islands; FR France; GA Gabon; \
GB United Kingdom|UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland; \
GD Grenada; GE Georgia; GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; \
GM Gambia|The Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea; GR Greece; \
GS South Georgia and the South Sandwich Islands|South Georgia; GT Guatemala; GU Guam; \
GW Guinea-Bissau; GY Guyana; HK Hong Kong; HM Heard Island and McDonald Islands; HN Honduras; \
HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland|EIRE|Republic of Ireland; IL Israel; \
IM Isle of Man; IN India; IO British Indian Ocean Territory; IQ Iraq; IR Iran; IS Iceland; \
IT Italy; JE Jersey; JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG Kyrgyzstan; KH Cambodia; \
KI Kiribati; KM Comoros; KN Saint Kitts and Nevis|St Kitts and Nevis; KP North Korea; \
KR South Korea|Republic of Korea|Korea, Republic of; KW Kuwait; KY Cayman Islands; \
KZ Kazakhstan; LA Laos; LB Lebanon; LC Saint Lucia|St Lucia; LI Liechtenstein; LK Sri Lanka; \
LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; LY Libya; MA Morocco; MC Monaco; \
MD Moldova; ME Montenegro; MF Saint Martin; MG Madagascar; MH Marshall Islands; \
MK North Macedonia|Macedonia; ML Mali; MM Myanmar|Burma; MN Mongolia; MO Macao|Macau; \
MP Northern Mariana Islands; MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; \
MU Mauritius; MV Maldives; MW Malawi; MX Mexico; MY Malaysia; MZ Mozambique; NA Namibia; \
NC New Caledonia; NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua; \
NL Netherlands|The Netherlands|Holland; NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; \
OM Oman; PA Panama; PE Peru; PF French Polynesia; PG Papua New Guinea; \
PH Philippines|The Philippines; PK Pakistan; PL Poland; PM Saint Pierre and Miquelon; \
PN Pitcairn; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY Paraguay; QA Qatar; \
RE Réunion|Reunion; RO Romania; RS Serbia; RU Russia|Russian Federation; RW Rwanda; \
SA Saudi Arabia; SB Solomon Islands; SC Seychelles; SD Sudan; SE Sweden; SG Singapore; \
SH Saint Helena, Ascension and Tristan da Cunha|Saint Helena|St Helena; SI Slovenia; \
SJ Svalbard and Jan Mayen; SK Slovakia|Slovak Republic; SL Sierra Leone; SM San Marino; \
SN Senegal; SO Somalia; SR Suriname; SS South Sudan; \
ST São Tomé and Príncipe|Sao Tome and Principe; SV El Salvador; SX Sint Maarten; SY Syria; \
SZ Eswatini|Swaziland; TC Turks and Caicos Islands; TD Chad; TF French Southern Territories; \
TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau; TL Timor-Leste|East Timor; TM Turkmenistan; \
TN Tunisia; TO Tonga; TR Türkiye|Turkiye|Turkey; TT Trinidad and Tobago; TV Tuvalu; TW Taiwan; \
TZ Tanzania; UA Ukraine; UG Uganda; UM United States Minor Outlying Islands; \
US United States of America|United States|USA|U.S.A.; UY Uruguay; UZ Uzbekistan; \
VA Holy See|Vatican City; VC Saint Vincent and the Grenadines|St Vincent and the Grenadines; \
VE Venezuela; VG British Virgin Islands; VI United States Virgin Islands|US Virgin Islands; \
VN Viet Nam|Vietnam; VU Vanuatu; WF Wallis and Futuna; WS Samoa; YE Yemen; YT Mayotte; \
ZA South Africa|RSA|Republic of South Africa; ZM Zambia; ZW Zimbabwe";

/// What a file writes where nobody knows.
const UNKNOWN: [&str; 2] = ["unspecified", "unknown"];

static CODES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| named().collect());

/// Every name with its country.
fn named() -> impl Iterator<Item = (String, Country)> {
    let entries = NAMES.split("; ").filter_map(|entry| entry.split_once(' '));
    entries.flat_map(|(code, names)| {
        let country: Option<Country> = code.parse().ok();
        let names = names.split('|').map(str::to_lowercase);
        names.filter_map(move |name| Some((name, country?)))
    })
}

impl Country {
    /// The country of this English name, or of this code: `United Kingdom`, `EIRE`, `GB`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let of_name = || CODES.get(&name.to_lowercase()).copied();
        name.parse().ok().or_else(of_name)
    }

    /// The one word for what another system says of a country: its code, or the same words where
    /// they name none; nothing where they say that nobody knows.
    #[must_use]
    pub fn word_for(text: &str) -> Option<String> {
        let text = text.trim();
        match Self::named(text) {
            Some(country) => Some(country.to_string()),
            None if text.is_empty() => None,
            None if UNKNOWN.contains(&text.to_lowercase().as_str()) => None,
            None => Some(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_country_has_a_name_and_no_name_has_two() {
        let all: Vec<(String, Country)> = named().collect();
        let countries: BTreeSet<Country> = all.iter().map(|one| one.1).collect();
        assert_eq!(countries, Country::all().collect());
        assert_eq!(NAMES.split("; ").count(), 249);
        let names: BTreeSet<&String> = all.iter().map(|one| &one.0).collect();
        assert_eq!(names.len(), all.len());
    }

    /// Those of the Online Retail data set, which is a British shop's.
    #[test]
    fn the_names_of_a_real_history_are_known() {
        let names = [
            ("United Kingdom", "GB"),
            ("EIRE", "IE"),
            ("RSA", "ZA"),
            ("USA", "US"),
            ("Australia", "AU"),
            ("Austria", "AT"),
            ("Bahrain", "BH"),
            ("Belgium", "BE"),
            ("Brazil", "BR"),
            ("Canada", "CA"),
            ("Cyprus", "CY"),
            ("Czech Republic", "CZ"),
            ("Denmark", "DK"),
            ("Finland", "FI"),
            ("France", "FR"),
            ("Germany", "DE"),
            ("Greece", "GR"),
            ("Hong Kong", "HK"),
            ("Iceland", "IS"),
            ("Israel", "IL"),
            ("Italy", "IT"),
            ("Japan", "JP"),
            ("Lebanon", "LB"),
            ("Lithuania", "LT"),
            ("Malta", "MT"),
            ("Netherlands", "NL"),
            ("Norway", "NO"),
            ("Poland", "PL"),
            ("Portugal", "PT"),
            ("Saudi Arabia", "SA"),
            ("Singapore", "SG"),
            ("Spain", "ES"),
            ("Sweden", "SE"),
            ("Switzerland", "CH"),
            ("United Arab Emirates", "AE"),
        ];
        for (name, code) in names {
            assert_eq!(Country::word_for(name).as_deref(), Some(code), "{name}");
        }
    }

    #[test]
    fn what_names_no_country_stays_as_it_is() {
        for words in [
            "Channel Islands",
            "European Community",
            "West Indies",
            "Korea",
            "gb",
            "XX",
        ] {
            assert_eq!(Country::word_for(words).as_deref(), Some(words));
        }
        assert_eq!(Country::word_for(" united KINGDOM ").as_deref(), Some("GB"));
        for nothing in ["", " ", "Unspecified", "unknown"] {
            assert_eq!(Country::word_for(nothing), None, "{nothing}");
        }
    }
}
