//! Under which account PostgreSQL runs. It refuses root, so root lends it the `postgres` account.
//! Not for people: nobody logs in here.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::outcome::{Because, Outcome};

/// The account to switch to; `None` when we are an ordinary user and stay who we are.
#[derive(Clone, Copy)]
pub struct Account(Option<(u32, u32)>);

impl Account {
    pub fn find() -> Outcome<Self> {
        if !is_root() {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd").because(|| "reading /etc/passwd".into())?;
        let ids = postgres_ids(&users).ok_or(
            "PostgreSQL refuses to run as root and there is no account `postgres`: \
             create one (`adduser --system --group postgres`) or run as an ordinary user",
        )?;
        Ok(Self(Some(ids)))
    }

    /// A command that will run under this account.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }

    pub fn owns(self, folder: &Path) -> Outcome<()> {
        let Some((user, group)) = self.0 else {
            return Ok(());
        };
        std::os::unix::fs::chown(folder, Some(user), Some(group))
            .because(|| format!("giving {} to the postgres account", folder.display()))
    }

    /// Whether this account can walk into the folder (a checkout below /root cannot be).
    pub fn reaches(self, folder: &Path) -> bool {
        self.command(Path::new("test"))
            .arg("-x")
            .arg(folder)
            .status()
            .is_ok_and(|s| s.success())
    }
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn postgres_ids(passwd: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_found_by_its_exact_name() {
        let users = "root:x:0:0::/root:/bin/sh\npostgres2:x:1:1::/:\npostgres:x:101:104::/:\n";
        assert_eq!(postgres_ids(users), Some((101, 104)));
        assert_eq!(postgres_ids("root:x:0:0::/root:/bin/sh\n"), None);
    }
}
