//! What a sale waits for, in words. Pure.

use crate::order::{Order, PaymentStatus, Status};
use crate::saga::{Saga, State, Step};
use kernel::Timestamp;

/// A sentence or two for whoever looks after the shop.
pub fn explain(order: &Order, saga: &Saga, now: Timestamp) -> String {
    if saga.state == State::Done {
        let status = order.status.as_str();
        return format!("It waits for nothing: the order is {status}, and its money is settled.");
    }
    let mut text = waits(order, saga.step).to_owned();
    if order.payment_status == PaymentStatus::Unknown {
        text.push_str(
            " The provider's answer was lost, and the truth is being looked up: until it is known \
             nothing is cancelled and nothing is paid a second time.",
        );
    }
    if order.cancel_requested.is_some() {
        text.push_str(" A wish to cancel it waits.");
    }
    let Some(deadline) = saga.deadline_at else {
        return text;
    };
    text.push(' ');
    text.push_str(&match saga.state {
        State::Stuck => format!(
            "It is {} past its deadline, and asking again did not help: {} Then retry it.",
            minutes(now.since(deadline).as_secs()),
            advice(saga.step),
        ),
        _ if deadline <= now => format!("Its time ended at {deadline}, and it was asked again."),
        _ if order.status == Status::Pending => format!("If nothing comes it ends at {deadline}."),
        _ => format!("It is asked again at {deadline}."),
    });
    text
}

fn waits(order: &Order, step: Step) -> &'static str {
    match (step, order.payment_status) {
        (Step::Stock, _) => "It waits for inventory's answer.",
        (Step::Payment, PaymentStatus::ActionRequired) => {
            "Its stock is held; the buyer must do something on the provider's page."
        }
        (Step::Payment, _) => "Its stock is held; it waits for the payment.",
        (Step::Capture, status) if status.is_lost() => {
            "Its goods have left, and its payment has ended without money."
        }
        (Step::Capture, _) => "The order stands; it waits for the money that was set aside.",
        (Step::Void, _) => "The order is cancelled; it waits until its payment is let go of.",
        (Step::Refund, _) => "The order is cancelled; it waits until its money is given back.",
    }
}

fn advice(step: Step) -> &'static str {
    match step {
        Step::Stock => "see whether deliveries to inventory are parked.",
        Step::Payment => "see what its payment says.",
        Step::Capture => "see why the provider does not hand over the money.",
        Step::Void => "see whether the provider still holds money for it.",
        Step::Refund => "see why the provider does not give the money back.",
    }
}

fn minutes(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds / 60),
    }
}
