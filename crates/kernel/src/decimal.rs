//! Decimal numbers exactly as written, the step between a text and minor units. Private: outside
//! there is only money.

/// `mantissa × 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    mantissa: i64,
    scale: u32,
}

/// Why a text is not a decimal number that we hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadDecimal {
    /// Not `-?digits(.digits)?`.
    Malformed,
    /// Its digits do not fit into an `i64`.
    Overflow,
}

impl Decimal {
    /// Reads `-?[0-9]+(\.[0-9]+)?`: no plus, no exponent, no spaces, no separators.
    pub(crate) fn parse(text: &str) -> Result<Self, BadDecimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(BadDecimal::Malformed),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(BadDecimal::Malformed);
        }
        // Counted downwards, because `i64::MIN` has no positive twin.
        let below = whole
            .bytes()
            .chain(fraction.bytes())
            .try_fold(0_i64, |sum, byte| {
                sum.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))
            });
        let mantissa = if negative {
            below
        } else {
            below.and_then(i64::checked_neg)
        };
        let mantissa = mantissa.ok_or(BadDecimal::Overflow)?;
        let scale = u32::try_from(fraction.len()).map_err(|_| BadDecimal::Overflow)?;
        Ok(Self { mantissa, scale })
    }

    /// A floating-point number through its shortest text, the one it was most likely written as.
    pub(crate) fn of_float(value: f64) -> Result<Self, BadDecimal> {
        if value.is_finite() {
            Self::parse(&value.to_string())
        } else {
            Err(BadDecimal::Malformed)
        }
    }

    /// Whether it has at most 15 significant digits: an `f64` holds those exactly, not 16.
    pub(crate) fn fits_a_float(self) -> bool {
        let mut mantissa = self.mantissa.unsigned_abs();
        while mantissa != 0 && mantissa.is_multiple_of(10) {
            mantissa /= 10;
        }
        mantissa < 1_000_000_000_000_000
    }

    /// How many digits follow the point, as written.
    pub(crate) fn scale(self) -> u32 {
        self.scale
    }

    /// `self × 10^digits` for `digits ≥ scale`; `None` when that is over.
    pub(crate) fn times_ten_to(self, digits: u32) -> Option<i64> {
        let factor = 10_i64.checked_pow(digits.checked_sub(self.scale)?)?;
        self.mantissa.checked_mul(factor)
    }
}
