-- SQLite cannot change a CHECK: a column with the new one takes the old one's place and name.
alter table orders_order add column payment_now text not null default 'unpaid' check
    (payment_now in ('unpaid', 'action_required', 'authorized', 'unknown', 'paid',
        'partially_refunded', 'refunded', 'refund_due', 'failed', 'voided'));
alter table orders_order add column fulfilment_now text not null default 'unfulfilled' check
    (fulfilment_now in
        ('unfulfilled', 'partially_fulfilled', 'fulfilled', 'partially_returned', 'returned'));
update orders_order set payment_now = payment_status, fulfilment_now = fulfilment_status;
alter table orders_order drop column payment_status;
alter table orders_order drop column fulfilment_status;
alter table orders_order rename column payment_now to payment_status;
alter table orders_order rename column fulfilment_now to fulfilment_status;
