//! Keys that sign access tokens, and their public halves as a JWKS document.

use crate::source::Source;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use zeroize::Zeroizing;

/// An Ed25519 key. The newest one that is not retired signs; a retired one still verifies until
/// the last token it signed has expired.
#[derive(Clone)]
pub struct SigningKey {
    /// Names the key in token headers (`kid`).
    pub id: Uuid,
    pub created_at: Timestamp,
    /// From this moment on the key signs nothing more.
    pub retired_at: Option<Timestamp>,
    pkcs8: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

/// The bytes are no Ed25519 private key.
#[derive(Debug, thiserror::Error)]
#[error("these bytes are no Ed25519 key in PKCS#8")]
pub struct BadKey;

impl SigningKey {
    /// A new key.
    pub fn generate(source: &Source) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::generate().map_err(|_| BadKey)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| BadKey)?;
        Self::from_pkcs8(source.uuid(), source.now(), pkcs8.as_ref())
    }

    /// A key that was stored.
    pub fn from_pkcs8(id: Uuid, created_at: Timestamp, pkcs8: &[u8]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| BadKey)?;
        let public = pair.public_key().as_ref().to_vec();
        let pkcs8 = Zeroizing::new(pkcs8.to_vec());
        Ok(Self {
            id,
            created_at,
            retired_at: None,
            pkcs8,
            public,
        })
    }

    /// The private key in PKCS#8; keep it sealed.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half, as published.
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: URL_SAFE_NO_PAD.encode(&self.public),
            kid: self.kid(),
            alg: "EdDSA".into(),
            usage: "sig".into(),
        }
    }

    /// The id as it stands in token headers.
    pub fn kid(&self) -> String {
        self.id.simple().to_string()
    }

    pub(super) fn encoding(&self) -> EncodingKey {
        EncodingKey::from_ed_der(&self.pkcs8)
    }

    pub(super) fn decoding(&self) -> DecodingKey {
        DecodingKey::from_ed_der(&self.public)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

/// A public key in JSON Web Key form (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwk {
    #[schema(example = "OKP")]
    pub kty: String,
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// The public key, base64url without padding.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// Names the key; the header `kid` of a token refers to it.
    #[schema(example = "018c1f5e6b3a7c0d9e8f7a6b5c4d3e2f")]
    pub kid: String,
    #[schema(example = "EdDSA")]
    pub alg: String,
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: String,
}

/// The keys that verify access tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}
