//! comptoir
