//! `comptoir api-key create` as users run it.

use crate::binary::{Till, on_both_by_binary};

on_both_by_binary! {
    async fn a_key_is_made_with_the_plan_that_was_asked_for(till: &Till) {
        let arguments = ["api-key", "create", "--name", "market", "--role", "supplier"];
        let plan = ["--rate", "20/40", "--per-day", "10000"];
        let made = till.run(&[&arguments[..], &plan].concat());
        assert_eq!(made.code, Some(0), "{made:?}");
        assert!(made.out.starts_with("key_") && made.out.trim().len() == 74, "{made:?}");
        let planned = "select count(*) as n from identity_api_key where plan_per_second = 20
            and plan_burst = 40 and plan_per_day = 10000";
        assert_eq!(till.count(planned).await, 1);
        let plain = till.run(&arguments);
        assert_eq!(plain.code, Some(0), "{plain:?}");
        let unplanned = "select count(*) as n from identity_api_key where plan_per_second is null
            and plan_burst is null and plan_per_day is null";
        assert_eq!(till.count(unplanned).await, 1);
        for wrong in [["--rate", "40/20"], ["--rate", "off"], ["--per-day", "0"]] {
            let refused = till.run(&[&arguments[..], &wrong].concat());
            assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{wrong:?}");
        }
        assert_eq!(till.count("select count(*) as n from identity_api_key").await, 2);
    }
}
