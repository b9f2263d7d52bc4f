//! An OpenID Connect provider on loopback: publishes keys, makes tokens, and can be out of order.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// A key of the issuer with the name it goes by.
pub struct Pair {
    pub kid: &'static str,
    key: Private,
}

enum Private {
    Rsa(RsaPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// How the issuer answers when it is asked for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    Broken,
    Silent,
    Endless,
    Redirecting,
    /// Its discovery document is that of somebody else.
    Posing,
    Babbling,
}

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    state: Arc<Inner>,
}

struct Inner {
    url: String,
    keys: Mutex<Vec<Value>>,
    mood: Mutex<Mood>,
    asked: AtomicU32,
}

impl Pair {
    pub fn rsa(kid: &'static str) -> Self {
        let key = Private::Rsa(RsaPair::generate(KeySize::Rsa2048).unwrap());
        Self { kid, key }
    }

    pub fn ec(kid: &'static str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = Private::Ec(key);
        Self { kid, key }
    }

    pub fn ed(kid: &'static str) -> Self {
        let key = Private::Ed(Ed25519KeyPair::generate().unwrap());
        Self { kid, key }
    }

    pub fn algorithm(&self) -> &'static str {
        match &self.key {
            Private::Rsa(_) => "RS256",
            Private::Ec(_) => "ES256",
            Private::Ed(_) => "EdDSA",
        }
    }

    /// The public half in DER (RSA) or raw.
    pub fn public(&self) -> Vec<u8> {
        match &self.key {
            Private::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Private::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Private::Ed(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        let (public, kid) = (self.public(), self.kid);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.key {
            // SEQUENCE { INTEGER 00 n, INTEGER 65537 }, always the same length for 2048 bits.
            Private::Rsa(_) => json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid,
                "n": text(&public[9..265]), "e": "AQAB"}),
            // 04 x y
            Private::Ec(_) => json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid,
                "x": text(&public[1..33]), "y": text(&public[33..])}),
            Private::Ed(_) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(&public)})
            }
        }
    }

    /// Header and claims under this key's signature, whatever they say.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let (random, bytes) = (SystemRandom::new(), message.as_bytes());
        let signature = match &self.key {
            Private::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature);
                signed.map(|()| signature)
            }
            Private::Ec(pair) => pair.sign(&random, bytes).map(|one| one.as_ref().to_vec()),
            Private::Ed(pair) => Ok(pair.sign(bytes).as_ref().to_vec()),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.unwrap()))
    }

    /// As Cognito heads its tokens.
    pub fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "kid": self.kid})
    }
}

pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

impl Issuer {
    /// Listens until the test is over.
    pub async fn start(keys: &[&Pair]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/pool", listener.local_addr().unwrap());
        let state = Arc::new(Inner {
            url: url.clone(),
            keys: Mutex::default(),
            mood: Mutex::new(Mood::Well),
            asked: AtomicU32::new(0),
        });
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let issuer = Self { url, state };
        issuer.publish(keys);
        issuer
    }

    pub fn publish(&self, keys: &[&Pair]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|pair| pair.jwk()).collect();
    }

    pub fn is(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// How often somebody came for the discovery document.
    pub fn asked(&self) -> u32 {
        self.state.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(issuer): State<Arc<Inner>>, uri: Uri) -> Response {
    let (keys, mood) = (
        issuer.keys.lock().unwrap().clone(),
        *issuer.mood.lock().unwrap(),
    );
    let url = &issuer.url;
    let discovers = uri.path() == "/pool/.well-known/openid-configuration";
    if discovers {
        issuer.asked.fetch_add(1, Ordering::SeqCst);
    }
    let json = |value: Value| {
        (
            [(header::CONTENT_TYPE, "application/json")],
            value.to_string(),
        )
    };
    match mood {
        Mood::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Silent => std::future::pending().await,
        Mood::Endless => json(json!({"keys": keys, "more": "x".repeat(300_000)})).into_response(),
        Mood::Redirecting if uri.path() != "/pool/keys" => {
            let to = format!("{url}/keys");
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
        Mood::Babbling => "<html>".into_response(),
        _ if discovers => {
            let name = match mood {
                Mood::Posing => "https://somebody.example",
                _ => url.as_str(),
            };
            json(json!({"issuer": name, "jwks_uri": format!("{url}/keys")})).into_response()
        }
        _ if uri.path() == "/pool/keys" => json(json!({"keys": keys})).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
