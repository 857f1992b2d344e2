-- What room search reads by: the period of records that are searched without a person.
set local role r7_owner;

-- Only types with full-text search have words, and only they are searched by period alone; care records (most of the
-- table) are found by person and cost nothing here.
create index record_period on indexing.record (tenant, type, occurred_at desc nulls last) where words is not null;

reset role;
insert into base.migration (number, name) values (10, '0010-search.sql');
