//! What Stripe lists of a day, for the comparison with what the shop has.

use super::*;

#[tokio::test]
async fn a_day_is_listed_with_what_was_taken_and_given_back_of_each_payment() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut expected = Vec::new();
    for minor in 1_000..1_060 {
        let mut charge = shop.captured(minor).await;
        let reference = charge.reference.clone().unwrap();
        for part in 1..=2 {
            charge.key = format!("refund:{}:{part}", charge.payment_id);
            shop.stripe
                .refund(&charge, money(100 * part))
                .await
                .unwrap();
        }
        expected.push((reference, money(minor), money(300)));
    }
    shop.authorized(5_000).await;
    let (past, now) = (Timestamp::from_unix_micros(0), Source::system().now());
    let hour = Duration::from_secs(3_600);
    assert_eq!(
        listed(&shop, now.minus(hour), now.plus(hour)).await,
        expected
    );
    assert_eq!(
        shop.simulator.calls(StripeCall::List),
        2,
        "180 movements are two pages"
    );
    assert_eq!(listed(&shop, past, now.minus(hour)).await, []);
    // One that knows no dates is asked once more, and read no further than it need be.
    for (dates, before) in [(Dates::Unknown, 3), (Dates::UnknownWithoutCode, 11)] {
        shop.simulator.list_by_date(dates);
        assert_eq!(
            listed(&shop, now.minus(hour), now.plus(hour)).await,
            expected
        );
        assert_eq!(shop.simulator.calls(StripeCall::List), before + 3);
        assert_eq!(listed(&shop, past, now.minus(hour)).await, []);
        assert_eq!(listed(&shop, now.plus(hour), now.plus(2 * hour)).await, []);
        assert_eq!(shop.simulator.calls(StripeCall::List), before + 8);
    }
}

#[tokio::test]
async fn a_list_that_is_refused_for_another_reason_is_not_read_without_dates() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    shop.captured(1_000).await;
    shop.simulator.list_by_date(Dates::Disliked);
    let now = Source::system().now();
    let hour = Duration::from_secs(3_600);
    let code = "invalid_request_error".to_owned();
    assert_eq!(
        shop.stripe.list(now.minus(hour), now.plus(hour)).await,
        Err(CallError::Rejected { code })
    );
    assert_eq!(shop.simulator.calls(StripeCall::List), 1);
}

/// What was taken and given back of each payment.
async fn listed(shop: &Shop, from: Timestamp, until: Timestamp) -> Vec<(String, Money, Money)> {
    let listed = shop.stripe.list(from, until).await.expect("Stripe answers");
    let listed = listed.expect("Stripe keeps a list").into_iter();
    listed
        .map(|one| (one.reference, one.captured, one.refunded))
        .collect()
}

#[tokio::test]
async fn money_given_back_in_the_dashboard_is_found() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let charge = shop.captured(4_200).await;
    shop.simulator
        .refund_in_dashboard(charge.reference.as_ref().unwrap(), 4_200);
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(truth.refunded, money(4_200));
    assert_eq!(truth.refunded.currency(), CAD);
}
