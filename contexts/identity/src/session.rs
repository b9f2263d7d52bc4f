//! Sessions and their refresh tokens: pure rules.
//!
//! A login opens a session. Its refresh token names the session and a generation and carries a
//! keyed hash of both, so none needs to be stored and none can be made up. Each use raises the
//! generation; a token of an earlier one was used before, so it was copied, and the whole session
//! (the token family) ends.

use kernel::Timestamp;
use std::time::Duration;
use uuid::Uuid;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A session nobody uses for so long ends.
pub const IDLE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// A session ends after so long however much it is used.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Lets secret scanners find leaked tokens.
const PREFIX: &str = "rt_";

/// One login, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub user_id: kernel::UserId,
    pub generation: i64,
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// What a refresh token says once its hash was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub session: Uuid,
    pub generation: i64,
}

/// What is to be done with a token of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is the newest: the next generation takes its place.
    Rotate,
    /// It was used before: end the session.
    Replay,
    /// The session has ended.
    Ended,
}

impl Session {
    /// A session that opens now.
    pub fn open(id: Uuid, user_id: kernel::UserId, now: Timestamp) -> Self {
        let expires_at = now.plus(LONGEST);
        Self {
            id,
            user_id,
            generation: 1,
            used_at: now,
            expires_at,
            revoked_at: None,
        }
    }

    /// The token that continues this session.
    pub fn token(&self) -> RefreshToken {
        RefreshToken {
            session: self.id,
            generation: self.generation,
        }
    }

    /// What `token` is good for now.
    pub fn turn(&self, token: RefreshToken, now: Timestamp) -> Turn {
        let ended = self.revoked_at.is_some() || now >= self.expires_at;
        if ended || now.since(self.used_at) >= IDLE {
            return Turn::Ended;
        }
        match token.generation.cmp(&self.generation) {
            std::cmp::Ordering::Equal => Turn::Rotate,
            std::cmp::Ordering::Less => Turn::Replay,
            // From a database that was restored to an earlier state.
            std::cmp::Ordering::Greater => Turn::Ended,
        }
    }

    /// The session after its token was used.
    pub fn rotated(self, now: Timestamp) -> Self {
        Self {
            generation: self.generation + 1,
            used_at: now,
            ..self
        }
    }
}

impl RefreshToken {
    /// The text given to the client; `sign` is a keyed hash.
    pub fn write(self, sign: impl Fn(&str) -> Vec<u8>) -> String {
        let said = self.said();
        let signature = URL_SAFE_NO_PAD.encode(sign(&said));
        format!("{PREFIX}{said}_{signature}")
    }

    /// The token in a text that `write` made; `None` for anything else.
    pub fn read(text: &str, is_signed: impl Fn(&str, &[u8]) -> bool) -> Option<Self> {
        let (said, signature) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !is_signed(said, &signature) {
            return None;
        }
        let (session, generation) = said.split_once('.')?;
        let session = Uuid::try_parse(session).ok()?;
        Some(Self {
            session,
            generation: generation.parse().ok()?,
        })
    }

    fn said(self) -> String {
        format!("{}.{}", self.session.simple(), self.generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: u64) -> Timestamp {
        Timestamp::from_unix_micros(0).plus(Duration::from_secs(days * 86_400))
    }

    fn session() -> Session {
        let user = kernel::UserId::from_uuid(Uuid::from_u128(2));
        Session::open(Uuid::from_u128(1), user, at(0))
    }

    fn sign(said: &str) -> Vec<u8> {
        said.bytes().rev().map(|byte| byte ^ 0x55).collect()
    }

    fn read(text: &str) -> Option<RefreshToken> {
        RefreshToken::read(text, |said, signature| sign(said) == signature)
    }

    #[test]
    fn a_token_is_read_back_as_written_and_not_when_changed() {
        let text = session().token().write(sign);
        assert_eq!(read(&text), Some(session().token()));
        assert_eq!(read(&text.replace(".1_", ".2_")), None);
        for wrong in [
            "",
            "rt_",
            "rt__",
            "rt_a.b_c",
            "key_a_b",
            &text[1..],
            &text[..text.len() - 2],
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_at_all_upsets_the_reader(text in "(rt_)?.{0,80}", tail in "[0-9a-f.]*_.*") {
            proptest::prop_assert_eq!(read(&text), None);
            let _ = RefreshToken::read(&format!("rt_{tail}"), |_, _| true);
        }
    }

    #[test]
    fn a_token_is_good_once() {
        let first = session().token();
        assert_eq!(session().turn(first, at(1)), Turn::Rotate);
        let next = session().rotated(at(1));
        assert_eq!(next.turn(first, at(1)), Turn::Replay);
        assert_eq!(next.turn(next.token(), at(2)), Turn::Rotate);
    }

    #[test]
    fn a_session_ends_when_unused_or_old_or_revoked() {
        let token = session().token();
        assert_eq!(session().turn(token, at(14)), Turn::Ended);
        let mut used = session();
        used.used_at = at(89);
        assert_eq!(used.turn(token, at(89)), Turn::Rotate);
        assert_eq!(used.turn(token, at(90)), Turn::Ended);
        let revoked = Session {
            revoked_at: Some(at(1)),
            ..session()
        };
        assert_eq!(revoked.turn(token, at(1)), Turn::Ended);
    }

    #[test]
    fn a_token_newer_than_the_session_is_refused_without_ending_it() {
        let ahead = session().rotated(at(1)).token();
        assert_eq!(session().turn(ahead, at(1)), Turn::Ended);
    }
}
