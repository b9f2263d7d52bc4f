//! How money is set aside: on Stripe's page, or with a card at once.

use super::*;

#[tokio::test]
async fn a_buyer_pays_on_the_page_and_the_money_is_taken_later() {
    let shop = Shop::open().await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    let waiting = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(
        waiting.standing,
        Standing::ActionRequired {
            redirect_url: redirect_url.clone()
        }
    );
    shop.simulator.buyer(&redirect_url, Buyer::IsRefused);
    let again = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(again, waiting, "with another card they may try again");
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    let held = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(held.standing, Standing::Open);
    assert_eq!((held.authorized, held.captured), (money(4_200), money(0)));
    charge.key = "cap:1".to_owned();
    let told = shop.stripe.capture(&charge, money(4_200)).await.unwrap();
    let reference = held.reference.unwrap();
    let amount = money(4_200);
    assert_eq!(told, Told::Captured { reference, amount });
    assert_eq!(shop.entry(&charge).captures, 1);
}

#[tokio::test]
async fn a_shop_that_takes_money_at_once_gets_it_from_the_page() {
    let shop = Shop::open().await;
    let mut charge = Charge {
        automatic_capture: true,
        ..charge(999)
    };
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!((truth.captured, truth.refunded), (money(999), money(0)));
}

#[tokio::test]
async fn the_payment_has_a_name_before_it_is_confirmed() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = charge(4_200);
    let told = shop.stripe.authorize(&charge).await.unwrap();
    let Told::Begun { reference } = told else {
        panic!("nothing stored before the money moves: {told:?}");
    };
    assert_eq!(shop.entry(&charge).held, 0);
    charge.reference = Some(reference.clone());
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Absent
    );
    let told = shop.stripe.authorize(&charge).await.unwrap();
    assert_eq!(told, Told::Authorized { reference });
    assert_eq!(shop.entry(&charge).held, 4_200);
}

#[tokio::test]
async fn a_bank_that_wants_to_see_the_buyer_is_shown_the_buyer() {
    let shop = Shop::rehearsing("pm_card_threeDSecure2Required").await;
    for (buyer, standing) in [
        (Buyer::Pays, Standing::Open),
        (
            Buyer::IsRefused,
            Standing::Declined {
                reason: "declined".to_owned(),
            },
        ),
    ] {
        let mut charge = charge(4_200);
        let told = shop.authorize(&mut charge).await.unwrap();
        let Told::ActionRequired { redirect_url, .. } = told else {
            panic!("nobody is sent to the bank: {told:?}");
        };
        shop.simulator.buyer(&redirect_url, buyer);
        assert_eq!(shop.stripe.find(&charge).await.unwrap().standing, standing);
    }
}

#[tokio::test]
async fn a_refused_card_is_a_definite_no() {
    let shop = Shop::rehearsing("pm_card_chargeDeclinedInsufficientFunds").await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let reason = "insufficient_funds".to_owned();
    assert_eq!(
        told,
        Told::Declined {
            reason: reason.clone()
        }
    );
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(truth.standing, Standing::Declined { reason });
}

#[tokio::test]
async fn a_confirmation_whose_answer_is_lost_sets_money_aside_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = charge(4_200);
        shop.simulator
            .set_fault_times(StripeCall::Confirm, fault, 1);
        let told = shop.authorize(&mut charge).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let held = |truth: &payments::provider::Truth| truth.authorized == money(4_200);
        let call = async |charge: &Charge| shop.stripe.authorize(charge).await;
        shop.insist(&mut charge, held, call).await;
        assert_eq!(shop.entry(&charge).held, 4_200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_whose_answer_is_lost_is_the_same_page_when_it_is_asked_for_again() {
    for fault in [
        Fault::Hang,
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::FailBefore,
    ] {
        let shop = Shop::open().await;
        let mut charge = charge(4_200);
        shop.simulator
            .set_fault_times(StripeCall::MakePage, fault, 1);
        assert!(not_sent(&shop.stripe.authorize(&charge).await), "{fault:?}");
        let told = shop.authorize(&mut charge).await.unwrap();
        let Told::ActionRequired { redirect_url, .. } = told else {
            panic!("no page: {told:?}");
        };
        shop.simulator.buyer(&redirect_url, Buyer::Pays);
        assert_eq!(shop.entry(&charge).held, 4_200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_that_failed_for_good_leaves_nothing_to_pay_on() {
    let shop = Shop::open().await;
    let charge = charge(4_200);
    shop.simulator
        .set_fault_times(StripeCall::MakePage, Fault::FailAfter, 1);
    for _ in 0..3 {
        assert!(
            not_sent(&shop.stripe.authorize(&charge).await),
            "the key has its answer, and nothing has moved"
        );
    }
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Absent
    );
    assert_eq!(shop.stripe.void(&charge).await.unwrap(), Told::Voided);
    assert!(shop.simulator.book().payments.is_empty());
}
