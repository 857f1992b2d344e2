-- How long the log is kept, by dated decision; whether extracts name staff; and the logs of retired systems beside our own.
set local role r7_owner;

create table access.log_purge (
  id uuid primary key,
  tenant smallint not null,
  removed_before timestamptz not null,
  decided_by text not null check (length(decided_by) between 1 and 200),
  decided_at timestamptz not null,
  removed bigint not null default 0 check (removed >= 0),
  done_at timestamptz,
  check (removed_before at time zone 'UTC' <= decided_at at time zone 'UTC' - interval '5 years')
);
comment on table access.log_purge is 'Regions'' dated decisions to remove old rows of the disclosure log; never rows younger than five years (HSLF-FS 2016:40 4 kap 9 §).';
comment on column access.log_purge.id is 'The decision; access.log_removed names it.';
comment on column access.log_purge.tenant is 'The region.';
comment on column access.log_purge.removed_before is 'Rows older than this are removed.';
comment on column access.log_purge.decided_by is 'Who decided, and where it is written.';
comment on column access.log_purge.decided_at is 'When it took effect.';
comment on column access.log_purge.removed is 'How many rows it has removed.';
comment on column access.log_purge.done_at is 'When none was left.';
alter table access.log_purge enable row level security;
create policy log_purge_tenant on access.log_purge using (tenant = base.tenant());

create table access.log_names (
  tenant smallint not null,
  valid_from timestamptz not null,
  given boolean not null,
  decided_by text not null check (length(decided_by) between 1 and 200),
  primary key (tenant, valid_from)
);
comment on table access.log_names is 'Regions'' dated decisions on whether a patient''s extract of the log names staff. Without one it does, as public care does.';
comment on column access.log_names.tenant is 'The region.';
comment on column access.log_names.valid_from is 'From when, until the next.';
comment on column access.log_names.given is 'Staff are named.';
comment on column access.log_names.decided_by is 'Who decided.';
alter table access.log_names enable row level security;
create policy log_names_tenant on access.log_names using (tenant = base.tenant());

grant select, insert, update on access.log_purge, access.log_names to r7_access;

-- The only way in which a row leaves the log: by a decision, sealed, and with its leaf told of. Nobody may delete one.
create function access.log_remove(decision uuid, most integer) returns bigint language plpgsql volatile security definer set search_path = '' as $$
declare
  purge access.log_purge;
  gone bigint;
begin
  select * into purge from access.log_purge p where p.id = decision and p.tenant = base.tenant() and p.done_at is null for update;
  if purge.id is null or purge.removed_before > now() - interval '5 years' then
    return 0;
  end if;
  with old as (
    select d.id from access.disclosure d where d.tenant = base.tenant() and d.at < purge.removed_before
      and d.leaf < (select l.size from access.log l where l.tenant = base.tenant()) order by d.at limit most
  ), removed as (
    delete from access.disclosure d using old where d.id = old.id and d.tenant = base.tenant() returning d.id, d.leaf
  ), told as (
    insert into access.log_removed (tenant, leaf, id, decision, removed_at)
      select base.tenant(), r.leaf, r.id, purge.id::text, now() from removed r returning 1
  ) select count(*) into gone from told;
  update access.log_purge p set removed = p.removed + gone, done_at = case when gone < most then now() end where p.id = decision;
  return gone;
end $$;
comment on function access.log_remove(uuid, integer) is 'Removes up to so many rows of the log that a decision in force says, and leaves each one''s leaf; says how many.';
revoke execute on function access.log_remove(uuid, integer) from public;
grant execute on function access.log_remove(uuid, integer) to r7_access;

-- Room access shows the log, and of the records those that are one; nothing else of the index is its to read.
create function indexing.imported_log(persons uuid[], before timestamptz, since timestamptz, provider text, most integer)
returns table (at timestamptz, person uuid, action text, said text, subject text, subject_name text, role text, unit text, unit_name text,
  care_provider text, source_system text, source_id text, record text) language plpgsql stable security definer set search_path = '' as $$
declare
  one uuid;
begin
  foreach one in array persons loop
    return query select r.occurred_at, r.person, r.category, r.title, r.author_id, r.author_name, r.author_role, coalesce(r.care_unit, r.unit_id),
        r.unit_name, r.care_provider, r.source_system, r.source_id,
        r.package || '-' || r.shard || '-' || r.part || '-' || r.number
      from indexing.record r
      where r.tenant = base.tenant() and r.shard = (('x' || substr(replace(one::text, '-', ''), 1, 4))::bit(16)::int >> 6) and r.person = one
        and r.type = 'access-log' and ($2 is null or r.occurred_at < $2) and ($3 is null or r.occurred_at >= $3)
        and ($4 is null or r.care_provider = $4)
        and exists (select from ingest.delivery d where d.package = r.package and d.accepted_at is not null and d.stored_at is not null
          and d.superseded_at is null and d.record_status is distinct from 'TEST')
      order by r.occurred_at desc limit most;
  end loop;
end $$;
comment on function indexing.imported_log(uuid[], timestamptz, timestamptz, text, integer) is
  'Rows of retired systems'' access logs about these identities, of each the newest so many: before and since a time, and of one care provider''s staff, unless null.';
revoke execute on function indexing.imported_log(uuid[], timestamptz, timestamptz, text, integer) from public;
grant execute on function indexing.imported_log(uuid[], timestamptz, timestamptz, text, integer) to r7_access;

reset role;
insert into base.migration (number, name) values (45, '0045-log-kept.sql');
