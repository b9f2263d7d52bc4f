//! The vault over a SQLite file; the contexts' tests run it on both engines.

use super::*;
use crate::db::DbOptions;
use crate::migrations;

async fn database(folder: &tempfile::TempDir, name: &str) -> Db {
    let url = format!("sqlite://{}/{name}.db", folder.path().display());
    let db = Db::connect(&url, DbOptions::default(), Source::system())
        .await
        .unwrap();
    db.migrate("vault", migrations!("0002_vault"))
        .await
        .unwrap();
    db
}

fn vault(own: Option<Db>) -> Vault {
    let master = SecretSlice::from(b"a master secret of 32 bytes, ok?".to_vec());
    Vault::new(&master, Source::system(), own)
}

#[tokio::test]
async fn what_was_sealed_opens_until_the_key_is_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    let (db, vault) = (database(&folder, "shop").await, vault(None));
    let (anna, boris) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut tx = db.begin().await.unwrap();
    let first = vault.seal(&mut tx, anna, "anna@example.com").await.unwrap();
    let other = vault
        .seal(&mut tx, boris, "boris@example.com")
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.begin().await.unwrap();
    let opened = vault.open(&mut tx, anna, &first).await.unwrap();
    assert_eq!(opened.as_deref(), Some("anna@example.com"));
    assert!(
        vault.open(&mut tx, boris, &first).await.is_err(),
        "moved to another person"
    );
    vault.erase(&mut tx, anna).await.unwrap();
    assert_eq!(vault.open(&mut tx, anna, &first).await.unwrap(), None);
    let both = vec![(anna, first), (boris, other.clone()), (boris, other)];
    let both = vault.open_many(&mut tx, &both).await.unwrap();
    assert_eq!(
        both,
        [
            None,
            Some("boris@example.com".into()),
            Some("boris@example.com".into())
        ]
    );
}

#[tokio::test]
async fn a_vault_with_its_own_database_keeps_no_key_beside_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let shop = database(&folder, "shop").await;
    let vault = vault(Some(database(&folder, "vault").await));
    let anna = Uuid::from_u128(1);
    let mut tx = shop.begin().await.unwrap();
    let sealed = vault.seal(&mut tx, anna, "anna").await.unwrap();
    assert_eq!(store::key(&mut tx, anna).await.unwrap(), None);
    assert_eq!(
        vault.open(&mut tx, anna, &sealed).await.unwrap().as_deref(),
        Some("anna")
    );
    vault.erase(&mut tx, anna).await.unwrap();
    assert_eq!(vault.open(&mut tx, anna, &sealed).await.unwrap(), None);
}

#[tokio::test]
async fn another_master_secret_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(&folder, "shop").await;
    let anna = Uuid::from_u128(1);
    let mut tx = db.begin().await.unwrap();
    let sealed = vault(None).seal(&mut tx, anna, "anna").await.unwrap();
    let other = SecretSlice::from(b"another master secret, 32 bytes.".to_vec());
    let other = Vault::new(&other, Source::system(), None);
    assert!(other.open(&mut tx, anna, &sealed).await.is_err());
    assert_ne!(
        other.index("client.email", "a"),
        vault(None).index("client.email", "a")
    );
}

#[tokio::test]
async fn many_texts_are_sealed_with_a_few_statements() {
    let folder = tempfile::tempdir().unwrap();
    let (db, vault) = (database(&folder, "shop").await, vault(None));
    let people: Vec<_> = (0..500).map(Uuid::from_u128).collect();
    let mut tx = db.begin().await.unwrap();
    let first = vault.seal(&mut tx, people[7], "seven").await.unwrap();
    let before = db.statements();
    let mut texts: Vec<_> = people.iter().map(|person| (*person, "name")).collect();
    texts.push((people[7], "again"));
    let sealed = vault.seal_many(&mut tx, &texts).await.unwrap();
    assert_eq!(db.statements() - before, 3);
    let mut sealed: Vec<_> = texts
        .iter()
        .map(|(person, _)| *person)
        .zip(sealed)
        .collect();
    sealed.push((people[7], first));
    let opened = vault.open_many(&mut tx, &sealed).await.unwrap();
    assert!(
        opened[..500]
            .iter()
            .all(|text| text.as_deref() == Some("name"))
    );
    assert_eq!(opened[500..], [Some("again".into()), Some("seven".into())]);
}

#[test]
fn a_blind_index_is_the_same_for_the_same_text_and_column_only() {
    let vault = vault(None);
    let index = vault.index("client.email", "anna@example.com");
    assert_eq!(index, vault.index("client.email", "anna@example.com"));
    assert_ne!(index, vault.index("client.email", "anna@example.org"));
    assert_ne!(index, vault.index("user.email", "anna@example.com"));
}
