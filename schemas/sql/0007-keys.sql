-- Headers that wrap file keys, and who may ask for what.
set local role r7_owner;

create table keys.header (
  id uuid primary key,
  tenant smallint not null,
  header bytea not null check (length(header) between 50 and 65536),
  made_at timestamptz not null default now(),
  lease_until timestamptz not null
);
comment on table keys.header is 'age headers, each wrapping one file key for the region, escrow and service recipients. Destroying a header everywhere destroys the bytes it opens.';
comment on column keys.header.id is 'The key''s id: all that other tables know of it.';
comment on column keys.header.tenant is 'The region.';
comment on column keys.header.header is 'The age v1 header.';
comment on column keys.header.made_at is 'When.';
comment on column keys.header.lease_until is 'Until when it lives though no segment names it.';
alter table keys.header enable row level security;
create policy header_tenant on keys.header using (tenant = base.tenant());
create index header_lease on keys.header (tenant, lease_until);

create table keys.purpose (
  room text not null,
  purpose text not null check (purpose in ('ingest', 'validate', 'preserve', 'index', 'disclose', 'export', 'remove')),
  primary key (room, purpose)
);
comment on table keys.purpose is 'Which room may unwrap for which purpose.';
comment on column keys.purpose.room is 'As in the room''s certificate.';
comment on column keys.purpose.purpose is 'What for.';
insert into keys.purpose (room, purpose) values
  ('ingest', 'ingest'), ('validation', 'validate'), ('preservation', 'preserve'), ('preservation', 'export'),
  ('preservation', 'remove'), ('indexing', 'index'), ('search', 'disclose'), ('gateway', 'disclose'),
  ('search', 'export');

create table keys.use (
  id bigint generated always as identity primary key,
  tenant smallint not null,
  room text not null,
  purpose text not null,
  keys uuid[] not null,
  at timestamptz not null default now()
);
comment on table keys.use is 'Every call that gave out file keys.';
comment on column keys.use.id is 'In order of making.';
comment on column keys.use.tenant is 'The region.';
comment on column keys.use.room is 'Who asked.';
comment on column keys.use.purpose is 'What for; new for keys that were made.';
comment on column keys.use.keys is 'Which.';
comment on column keys.use.at is 'When.';
alter table keys.use enable row level security;
create policy use_tenant on keys.use using (tenant = base.tenant());

grant select, insert, delete on keys.header to r7_keys;
grant select on keys.purpose to r7_keys;
grant insert on keys.use to r7_keys;
-- To see which keys a segment claims.
grant usage on schema ingest, validation, preservation, indexing to r7_keys;
grant select on ingest.staged, ingest.segment, ingest.quarantine, validation.staged, validation.sealed,
  preservation.staged, preservation.segment, indexing.staged to r7_keys;

reset role;
insert into base.migration (number, name) values (7, '0007-keys.sql');
