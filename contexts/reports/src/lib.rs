//! Reports: what the shop sold and holds, counted from events. The front door.

use platform::{Host, Module};

/// The context, ready to be wired.
pub fn module(_host: &Host) -> Module {
    Module::new("reports")
}
