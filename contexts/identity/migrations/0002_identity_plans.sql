-- Usage plans of keys: null where the shop's own limit holds. Both parts of the rate or neither.
alter table identity_api_key add column plan_per_second bigint check (plan_per_second > 0);
alter table identity_api_key add column plan_burst bigint check (
    (plan_burst is null) = (plan_per_second is null) and plan_burst >= plan_per_second);
alter table identity_api_key add column plan_per_day bigint check (plan_per_day > 0);

-- Requests on the last day a key with a daily quota was used; days of UTC since 1970.
alter table identity_api_key add column used_day bigint;
alter table identity_api_key add column used_requests bigint check (used_requests > 0);
