-- Keys are swept a page at a time, and those of what is stored are looked at once only.
set local role r7_owner;

comment on column keys.header.lease_until is 'Until when it lives though no segment names it; infinity once one does.';
grant update (lease_until) on keys.header to r7_keys;
create index segment_key on preservation.segment (key);

reset role;
insert into base.migration (number, name) values (26, '0026-key-sweep.sql');
