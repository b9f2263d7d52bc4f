alter table orders_order drop constraint orders_order_payment_status_check;
alter table orders_order add constraint orders_order_payment_status_check check
    (payment_status in ('unpaid', 'action_required', 'authorized', 'unknown', 'paid',
        'partially_refunded', 'refunded', 'refund_due', 'failed', 'voided'));
alter table orders_order drop constraint orders_order_fulfilment_status_check;
alter table orders_order add constraint orders_order_fulfilment_status_check check
    (fulfilment_status in
        ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'partially_returned', 'returned'));
