//! `comptoir serve` beside a till, spoken to over a socket as by anybody.

use crate::binary::Till;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Looks at a server that starts, and at sales that go on: 60 s of them in all.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: u32 = 1_200;

/// A server that lives as long as this value, and a key of an administrator.
pub struct Served {
    child: Child,
    address: SocketAddr,
    key: String,
}

impl Till {
    /// Starts the server with these settings, and waits until it is ready.
    pub async fn serve(&self, env: &[(&str, &str)]) -> Served {
        let key = self.run_with(
            env,
            &["api-key", "create", "--name", "test", "--role", "admin"],
        );
        let word = |word: &&str| word.starts_with("key_");
        let key = key.out.split_whitespace().find(word).unwrap().to_owned();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut server = self.comptoir(env);
        server
            .env("COMPTOIR_LISTEN", address.to_string())
            .env("COMPTOIR_RATE_LIMIT", "off")
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = server.spawn().unwrap();
        let served = Served {
            child,
            address,
            key,
        };
        let ready = async || served.tries("GET", "/health/ready", None)?.ok();
        until(ready).await;
        served
    }
}

/// Looks again and again until there is something.
pub async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("it was waited for in vain");
}

impl Served {
    pub fn get(&self, path: &str) -> Value {
        let answer = self.tries("GET", path, None);
        answer.unwrap().unwrap()
    }

    /// Posts what must be taken.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.tries("POST", path, Some(body));
        answer.unwrap().unwrap()
    }

    /// Makes a resource; answers its id.
    pub fn make(&self, path: &str, body: &Value) -> String {
        let made = self.post(path, body);
        made["id"].as_str().unwrap().to_owned()
    }

    /// A client, and a product of which there is plenty.
    pub fn furnish(&self) -> (String, String) {
        let category = self.make("/v1/categories", &json!({"name": "Goods"}));
        let store = json!({"code": "MAIN", "name": "Main", "kind": "store"});
        let store = self.make("/v1/stores", &store);
        let client = json!({"name": "Test Client", "email": "client@example.com"});
        let client = self.make("/v1/clients", &client);
        let product = self.make(
            "/v1/products",
            &json!({"sku": "MUG", "name": "Mug", "category_id": category, "price": "9.99",
                "status": "active"}),
        );
        let level = json!({"product_id": product, "store_id": store, "quantity": 100_000});
        self.post("/v1/inventory", &level);
        (client, product)
    }

    /// Orders one piece, to be paid like this; answers the order.
    pub fn order(&self, (client, product): &(String, String), method: &str) -> Value {
        let order = json!({"client_id": client, "payment": {"method": method},
            "items": [{"product_id": product, "quantity": 1}]});
        self.post("/v1/orders", &order)
    }

    /// `None`: nobody is there. Otherwise what is answered, or refused.
    fn tries(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<Result<Value, String>> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let (key, length) = (&self.key, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Authorization: Bearer {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.address
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let is_fine = head.split(' ').nth(1)?.starts_with('2');
        Some(match is_fine {
            true => Ok(serde_json::from_str(body).unwrap_or_default()),
            false => Err(format!("{method} {path}: {answer}")),
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
