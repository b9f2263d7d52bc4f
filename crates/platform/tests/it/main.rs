//! The platform on both engines, behind its real HTTP stack.

mod retries;
