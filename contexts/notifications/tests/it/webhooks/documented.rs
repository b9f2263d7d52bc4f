//! What the how-to tells receivers to do is done with a webhook that really came.

use super::shop::{app, deliver, endpoint, place};
use platform::auth::Role;
use std::path::Path;
use std::process::Command;
use testkit::{Received, Receiver, TestApp, on_both};

/// The script that checks a signature by hand.
fn script() -> String {
    let how_to = "../../docs/how-to/receive-webhooks.md";
    let how_to = Path::new(env!("CARGO_MANIFEST_DIR")).join(how_to);
    let text = std::fs::read_to_string(how_to).expect("the how-to is there");
    let blocks = text.split("```sh\n").skip(1);
    let script = blocks.filter_map(|block| block.split("```").next());
    let script = script.collect::<Vec<_>>();
    assert_eq!(script.len(), 1, "one script");
    script[0].to_owned()
}

/// What the script says of a webhook; needs `sh` and `openssl`.
fn judged(received: &Received, secret: &str, body: &[u8]) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("body"), body).expect("it can be written");
    let run = Command::new("sh")
        .args(["-ec", &script()])
        .current_dir(folder.path())
        .env("WEBHOOK_SECRET", secret)
        .env("WEBHOOK_ID", received.id())
        .env("WEBHOOK_TIMESTAMP", received.header("webhook-timestamp"))
        .env("WEBHOOK_SIGNATURE", received.header("webhook-signature"))
        .output()
        .expect("a shell runs");
    let said = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

on_both! {
    async fn the_script_of_the_how_to_tells_ours_from_forged(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let rotate = format!("{}/secret/rotate", erp.path);
        let rotated = app.post(&rotate).as_role(Role::Admin).send().await.expect(200);
        place(&app).await;
        deliver(&app).await;
        let received = &receiver.received("erp")[0];
        for secret in [&erp.secret, &rotated.field("secret")] {
            let judged = judged(received, secret, &received.body);
            assert_eq!(judged, (true, "it is ours\n".to_owned()));
        }
        let forged = [&received.body[..], b" "].concat();
        let forged = judged(received, &erp.secret, &forged);
        assert_eq!(forged, (false, "it is forged\n".to_owned()));
    }
}
