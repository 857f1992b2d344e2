-- The disclosure log sealed into a Merkle tree for each region (S26 in libcommon/README.md): rows have leaves, leaves make tiles,
-- and the newest signed checkpoint tells them all.
set local role r7_owner;

-- Made of two random UUIDs where a row was written by who did not know the column: 244 random bits.
alter table access.disclosure
  add column member_salt bytea not null default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
    check (length(member_salt) = 32),
  add column leaf bigint check (leaf >= 0),
  add check ((leaf is null) = (sealed_at is null));
comment on column access.disclosure.member_salt is 'Random, for the keys of its members: an extract may withhold one and its leaf is proven all the same. Never shown.';
comment on column access.disclosure.leaf is 'Its number in the region''s Merkle log, from 0; null until it is sealed.';
create unique index disclosure_leaf on access.disclosure (tenant, leaf) where leaf is not null;

create table access.log (
  tenant smallint primary key,
  key text not null check (key <> ''),
  size bigint not null default 0 check (size >= 0),
  checkpoint text,
  sealed_at timestamptz,
  line uuid,
  file bigint not null default 0 check (file >= 0),
  "offset" bigint not null default 0 check ("offset" >= 0),
  check ((size = 0) = (line is null)),
  check ((line is null) = (checkpoint is null) and (line is null) = (sealed_at is null))
);
comment on table access.log is 'Each region''s sealed log as of its newest line in the journal. Who seals holds the row.';
comment on column access.log.tenant is 'The region.';
comment on column access.log.key is 'What its checkpoints are verified by, as a verifier key of signed notes: name, hash, public key.';
comment on column access.log.size is 'How many leaves it has.';
comment on column access.log.checkpoint is 'The newest checkpoint: a signed note of origin, size and root.';
comment on column access.log.sealed_at is 'When that was made.';
comment on column access.log.line is 'The id of the journal''s line that tells it.';
comment on column access.log.file is 'Where in the journal that line begins: the file''s number …';
comment on column access.log."offset" is '… and the byte in it; the journal''s beginning when there is no line yet.';
alter table access.log enable row level security;
create policy log_tenant on access.log using (tenant = base.tenant());

create table access.log_entries (
  tenant smallint not null,
  number bigint not null check (number >= 0),
  commitments bytea not null check (length(commitments) between 32 and 8192 and length(commitments) % 32 = 0),
  ids bytea not null check (length(ids) = length(commitments) / 2),
  primary key (tenant, number)
);
comment on table access.log_entries is 'The log''s entries, 256 in a row: what a leaf is made of. They stay when a row of the log is removed, and tell nothing of it.';
comment on column access.log_entries.tenant is 'The region.';
comment on column access.log_entries.number is 'Of the entries 256 * number and on.';
comment on column access.log_entries.commitments is '32 bytes each: HMAC-SHA256 of the row under its salt.';
comment on column access.log_entries.ids is '16 bytes each: the row''s id.';
alter table access.log_entries enable row level security;
create policy log_entries_tenant on access.log_entries using (tenant = base.tenant());

create table access.log_tile (
  tenant smallint not null,
  level smallint not null check (level between 0 and 7),
  number bigint not null check (number >= 0),
  hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
  primary key (tenant, level, number)
);
comment on table access.log_tile is 'Hashes of the Merkle tree, 256 in a row (c2sp.org/tlog-tiles): of leaves at level 0, of the whole tiles below at the others.';
comment on column access.log_tile.tenant is 'The region.';
comment on column access.log_tile.level is 'The level.';
comment on column access.log_tile.number is 'Which of its level, from the left.';
comment on column access.log_tile.hashes is '32 bytes each; the last of a level has fewer than 256 until it is full.';
alter table access.log_tile enable row level security;
create policy log_tile_tenant on access.log_tile using (tenant = base.tenant());

create table access.log_removed (
  tenant smallint not null,
  leaf bigint not null check (leaf >= 0),
  id uuid not null,
  decision text not null check (decision <> ''),
  removed_at timestamptz not null,
  primary key (tenant, leaf)
);
comment on table access.log_removed is 'Leaves whose row was removed from the log by decision, when its time was over: the proof stays whole.';
comment on column access.log_removed.tenant is 'The region.';
comment on column access.log_removed.leaf is 'The leaf.';
comment on column access.log_removed.id is 'The row''s id.';
comment on column access.log_removed.decision is 'Which decision.';
comment on column access.log_removed.removed_at is 'When.';
alter table access.log_removed enable row level security;
create policy log_removed_tenant on access.log_removed using (tenant = base.tenant());

-- Asked four times a second for all regions at once; tells a number, and nothing of any row.
create function access.log_unsealed() returns setof smallint language sql stable security definer set search_path = '' as $$
  select t.id from access.tenant t where exists (select from access.disclosure d where d.tenant = t.id and d.sealed_at is null)
$$;
comment on function access.log_unsealed() is 'Regions with rows of the disclosure log that are not sealed yet.';
revoke execute on function access.log_unsealed() from public;
grant execute on function access.log_unsealed() to r7_access;

grant select, insert, update on access.log, access.log_entries, access.log_tile to r7_access;
grant select, insert on access.log_removed to r7_access;
grant update (leaf) on access.disclosure to r7_access;
grant insert (member_salt) on access.disclosure to r7_search, r7_gateway, r7_preservation, r7_indexing;

reset role;
insert into base.migration (number, name) values (42, '0042-log.sql');
