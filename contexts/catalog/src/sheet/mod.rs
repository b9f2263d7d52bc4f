//! Products as lines of CSV: which columns there are, how a cell is written, how a file is read in
//! constant memory. What leaves with `export` comes back with `import` unchanged.

mod cells;
mod line;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use line::{Fault, Line};
pub use reader::{Chunk, SheetError, read_in_chunks};
pub use writer::{header, lines};

/// The columns, in the order they are exported. An import may have any of them in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    Sku,
    Name,
    Description,
    Category,
    Price,
    Currency,
    Tags,
    Gtin,
    Status,
    GroupId,
    Options,
}

impl Column {
    pub const ALL: [Self; 11] = [
        Self::Sku,
        Self::Name,
        Self::Description,
        Self::Category,
        Self::Price,
        Self::Currency,
        Self::Tags,
        Self::Gtin,
        Self::Status,
        Self::GroupId,
        Self::Options,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Name => "name",
            Self::Description => "description",
            Self::Category => "category",
            Self::Price => "price",
            Self::Currency => "currency",
            Self::Tags => "tags",
            Self::Gtin => "gtin",
            Self::Status => "status",
            Self::GroupId => "group_id",
            Self::Options => "options",
        }
    }

    fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}
