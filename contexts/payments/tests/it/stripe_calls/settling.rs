//! What becomes of money that was set aside: it is taken, given back or let go of, once.

use super::*;

#[tokio::test]
async fn a_capture_whose_answer_is_lost_takes_the_money_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.authorized(4_200).await;
        charge.key = "cap:1".to_owned();
        shop.simulator
            .set_fault_times(StripeCall::Capture, fault, 1);
        let told = shop.stripe.capture(&charge, money(4_200)).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let taken = |truth: &payments::provider::Truth| truth.captured == money(4_200);
        let call = async |charge: &Charge| shop.stripe.capture(charge, money(4_200)).await;
        shop.insist(&mut charge, taken, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.captured, entry.captures), (4_200, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_goes_back_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.captured(4_200).await;
        charge.key = "refund:1".to_owned();
        shop.simulator.set_fault_times(StripeCall::Refund, fault, 1);
        let told = shop.stripe.refund(&charge, money(1_000)).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let back = |truth: &payments::provider::Truth| truth.refunded == money(1_000);
        let call = async |charge: &Charge| shop.stripe.refund(charge, money(1_000)).await;
        shop.insist(&mut charge, back, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.refunded, entry.refunds), (1_000, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_void_whose_answer_is_lost_lets_go() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.authorized(4_200).await;
        charge.key = "void:1".to_owned();
        shop.simulator.set_fault_times(StripeCall::Cancel, fault, 1);
        let told = shop.stripe.void(&charge).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let gone = |truth: &payments::provider::Truth| truth.standing == Standing::Voided;
        let call = async |charge: &Charge| shop.stripe.void(charge).await;
        shop.insist(&mut charge, gone, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.held, entry.captured), (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_that_waits_is_closed_and_nobody_pays_on_it() {
    for fault in [
        None,
        Some(Fault::LostAfter),
        Some(Fault::FailAfter),
        Some(Fault::LostBefore),
    ] {
        let shop = Shop::open().await;
        let mut charge = charge(4_200);
        shop.authorize(&mut charge).await.unwrap();
        charge.key = "void:1".to_owned();
        if let Some(fault) = fault {
            shop.simulator
                .set_fault_times(StripeCall::ExpirePage, fault, 1);
        }
        // The first may be lost; the page itself says whether it is closed.
        let first = shop.stripe.void(&charge).await;
        assert!(
            lost(&first) || first == Ok(Told::Voided),
            "{fault:?}: {first:?}"
        );
        assert_eq!(
            shop.stripe.void(&charge).await,
            Ok(Told::Voided),
            "{fault:?}"
        );
        let truth = shop.stripe.find(&charge).await.unwrap();
        let reason = "expired".to_owned();
        assert_eq!(truth.standing, Standing::Declined { reason }, "{fault:?}");
    }
}

#[tokio::test]
async fn a_buyer_who_is_faster_than_the_void_has_their_money_let_go_of() {
    let shop = Shop::open().await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    charge.key = "void:1".to_owned();
    assert_eq!(shop.stripe.void(&charge).await, Ok(Told::Voided));
    assert_eq!(shop.entry(&charge).held, 0);
}

#[tokio::test]
async fn what_was_taken_is_not_voided_but_said_to_be_taken() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = shop.captured(4_200).await;
    charge.key = "void:1".to_owned();
    let reason = "captured".to_owned();
    assert_eq!(
        shop.stripe.void(&charge).await,
        Ok(Told::Declined { reason })
    );
    assert_eq!(shop.entry(&charge).captured, 4_200);
}

#[tokio::test]
async fn an_authorisation_that_ran_out_is_not_taken() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = shop.authorized(4_200).await;
    shop.simulator
        .let_authorization_expire(charge.reference.as_ref().unwrap());
    charge.key = "cap:1".to_owned();
    let reason = "expired".to_owned();
    let told = shop.stripe.capture(&charge, money(4_200)).await;
    assert_eq!(told, Ok(Told::Declined { reason }));
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Voided
    );
}
