-- Clients and employees. Whatever names or reaches a person is sealed with that person's own key;
-- what is searched by is a keyed hash. Ids, marks, versions and times are all that is in clear.

create table people_client (
    id uuid not null primary key,
    -- Sealed JSON {name, email?, phone?, address?}; null after erasure.
    profile bytea,
    -- Blind index of the e-mail address; null when there is none.
    email_index bytea,
    -- Whether this client is the one its e-mail address stands for: at most one may be.
    email_claimed boolean not null,
    archived boolean not null,
    erased boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    check (version >= 1),
    check (erased or profile is not null),
    check (not erased or (archived and profile is null and email_index is null)),
    check (not email_claimed or (email_index is not null and not archived))
);

create unique index people_client_email_index_claim on people_client (email_index)
    where email_claimed;
create index people_client_by_email on people_client (email_index);
create index people_client_by_time on people_client (created_at, id);

-- What is known of inventory's stores, kept current by its events.
create table people_store (
    id uuid not null primary key,
    archived boolean not null,
    version bigint not null
);

create table people_employee (
    id uuid not null primary key,
    -- Sealed with the employee's own key.
    name bytea not null,
    position text,
    store_id uuid references people_store (id),
    user_id uuid,
    archived boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    check (version >= 1)
);

-- One user is one employee; who has left may come back under the same login.
create unique index people_employee_user_id_claim on people_employee (user_id)
    where not archived;
create index people_employee_by_user on people_employee (user_id);
create index people_employee_by_store on people_employee (store_id);
create index people_employee_by_time on people_employee (created_at, id);

-- Blind indexes of the words of names, for search: of clients and of employees alike.
create table people_word (
    word bytea not null,
    person_id uuid not null,
    primary key (word, person_id)
);
create index people_word_by_person on people_word (person_id);
