//! Why a line of the file is neither a sale nor a return, in stable words and for people. Pure.

use orders::Unmatched;

/// Why a line was left out. The order here is the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A sale for nothing: samples, write-offs, corrections of stock.
    PriceZero,
    NegativePrice,
    NoDescription,
    /// Stock that was lost or damaged, outside a cancellation.
    NegativeQuantity,
    ZeroQuantity,
    PositiveInCancellation,
    BadDebt,
    PriceTooFine,
    TooManyPieces,
    AmountTooLarge,
    OtherCustomer,
    InvoiceTooLong,
    InvoiceDiffers,
    BadInvoice,
    BadCode,
    BadDescription,
    BadQuantity,
    BadPrice,
    BadDate,
    FutureDate,
    BadCustomer,
    FewFields,
    NotUtf8,
    NothingOut,
    Dearer,
    TooFew,
}

impl Reason {
    /// The stable word, as the report file has it.
    pub fn code(self) -> &'static str {
        match self {
            Self::PriceZero => "price_zero",
            Self::NegativePrice => "negative_price",
            Self::NoDescription => "no_description",
            Self::NegativeQuantity => "negative_quantity",
            Self::ZeroQuantity => "zero_quantity",
            Self::PositiveInCancellation => "positive_in_cancellation",
            Self::BadDebt => "bad_debt",
            Self::PriceTooFine => "price_too_fine",
            Self::TooManyPieces => "too_many_pieces",
            Self::AmountTooLarge => "amount_too_large",
            Self::OtherCustomer => "other_customer",
            Self::InvoiceTooLong => "invoice_too_long",
            Self::InvoiceDiffers => "invoice_differs",
            Self::BadInvoice => "bad_invoice",
            Self::BadCode => "bad_code",
            Self::BadDescription => "bad_description",
            Self::BadQuantity => "bad_quantity",
            Self::BadPrice => "bad_price",
            Self::BadDate => "bad_date",
            Self::FutureDate => "future_date",
            Self::BadCustomer => "bad_customer",
            Self::FewFields => "few_fields",
            Self::NotUtf8 => "not_utf8",
            Self::NothingOut => "nothing_out",
            Self::Dearer => "dearer",
            Self::TooFew => "too_few",
        }
    }

    /// The same as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::PriceZero => "the price is 0",
            Self::NegativePrice => "the price is negative: a correction of accounts",
            Self::NoDescription => "there is no description",
            Self::NegativeQuantity => "pieces are taken away outside a cancellation",
            Self::ZeroQuantity => "the quantity is 0",
            Self::PositiveInCancellation => "a cancellation that adds pieces",
            Self::BadDebt => "an adjustment of bad debt is no sale",
            Self::PriceTooFine => "the price has more digits than the currency",
            Self::TooManyPieces => "more pieces than a line can have",
            Self::AmountTooLarge => "the amount is too large to be counted",
            Self::OtherCustomer => "the invoice began with another customer",
            Self::InvoiceTooLong => "the invoice has more lines than an order can have",
            Self::InvoiceDiffers => "the shop has other lines under this invoice number",
            Self::BadInvoice => "the invoice number cannot be used",
            Self::BadCode => "the stock code cannot be used",
            Self::BadDescription => "the description is too long or has control characters",
            Self::BadQuantity => "the quantity is not a whole number",
            Self::BadPrice => "the price is not a decimal number",
            Self::BadDate => "the date is none",
            Self::FutureDate => "the date is in the future",
            Self::BadCustomer => "the customer number cannot be used",
            Self::FewFields => "fields are missing",
            Self::NotUtf8 => "the line is not UTF-8",
            Self::NothingOut => "no earlier purchase of this product is still out",
            Self::Dearer => "earlier purchases were cheaper than what was paid back",
            Self::TooFew => "fewer pieces are out than came back",
        }
    }

    /// Whether it is a return without its purchase, rather than a line that says nothing usable.
    pub fn is_unmatched(self) -> bool {
        matches!(self, Self::NothingOut | Self::Dearer | Self::TooFew)
    }
}

impl From<Unmatched> for Reason {
    fn from(why: Unmatched) -> Self {
        match why {
            Unmatched::NothingOut => Self::NothingOut,
            Unmatched::Dearer => Self::Dearer,
            Unmatched::TooFew => Self::TooFew,
        }
    }
}
