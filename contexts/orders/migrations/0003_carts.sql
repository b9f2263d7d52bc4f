-- A cart: a client's, or a guest's, who shows a token of which only the hash is kept.
create table orders_cart (
    id uuid primary key,
    client_id uuid unique,
    token_hash bytea unique,
    share_hash bytea unique,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    expires_at bigint not null,
    check ((client_id is null) <> (token_hash is null))
);
create index orders_cart_expires on orders_cart (expires_at);

-- A product in a cart: to be bought, or saved for later. The price is the one when it was put in.
create table orders_cart_line (
    cart_id uuid not null references orders_cart (id) on delete cascade,
    saved boolean not null,
    product_id uuid not null,
    place bigint not null,
    quantity bigint not null check (quantity > 0),
    added_price_minor bigint not null,
    currency text not null,
    primary key (cart_id, saved, product_id)
);
create index orders_cart_line_product on orders_cart_line (product_id, cart_id);

-- An order that came out of a cart. The version is the one the cart had: no version sells twice.
create table orders_checkout (
    order_id uuid primary key references orders_order (id),
    client_id uuid not null,
    cart_id uuid not null,
    cart_version bigint not null,
    shipping_address_sealed bytea,
    given_back_at bigint,
    unique (cart_id, cart_version)
);
