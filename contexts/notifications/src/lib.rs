//! Notifications: the people and systems around the shop hear of what happens. The front door.

use platform::{Host, Module};

/// The context, ready to be wired.
pub fn module(_host: &Host) -> Module {
    Module::new("notifications")
}
