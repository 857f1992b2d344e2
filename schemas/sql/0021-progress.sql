-- How far a delivery has come in parts is told by ingest, from what the rooms count for themselves.
set local role r7_owner;

grant usage on schema indexing to r7_ingest;
grant select (id, tenant, parts, parts_left, indexed_at) on indexing.package to r7_ingest;
grant select (delivery, tenant, entries) on validation.listing to r7_ingest;

reset role;
insert into base.migration (number, name) values (21, '0021-progress.sql');
