-- What a service that keeps blocks says of one patient's records to one member of staff (CheckBlocks 4.0), and for how long it counts.
set local role r7_owner;

alter table access.block_service
  add column checked_minutes integer check (checked_minutes between 1 and 60),
  add column failed_at timestamptz;
comment on column access.block_service.checked_minutes is 'It is asked about one patient too, and its word counts so long for who asked; null: it is not asked.';
comment on column access.block_service.failed_at is 'When it last gave no answer about one patient; no fact, only that nobody waits for it at once again.';

create table access.block_checked (
  tenant smallint not null,
  id uuid not null,
  service text not null check (length(service) between 1 and 64),
  person uuid not null,
  "user" uuid not null,
  for_unit text not null check (for_unit <> ''),
  care_provider text not null check (length(care_provider) between 1 and 64),
  care_unit text not null check (length(care_unit) between 1 and 64),
  kind text not null default '' check (kind in ('', 'upp')),
  records_from timestamptz not null,
  records_until timestamptz not null check (records_from <= records_until),
  blocked boolean not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null check (valid_from < valid_until),
  primary key (tenant, id, service, care_provider, care_unit, kind)
);
create index block_checked_person on access.block_checked (tenant, person);
comment on table access.block_checked is 'What services that keep blocks have said of a patient''s records at one care unit, to one member of staff at another: one row for each care unit and kind that was asked about.';
comment on column access.block_checked.tenant is 'The region.';
comment on column access.block_checked.id is 'Of the check: all that was asked at once.';
comment on column access.block_checked.service is 'Which service.';
comment on column access.block_checked.person is 'The patient, by the one number that was asked about (pseudonym).';
comment on column access.block_checked."user" is 'Who asked: it counts for nobody else.';
comment on column access.block_checked.for_unit is 'At which PDL care unit: it counts at no other.';
comment on column access.block_checked.care_provider is 'Whose records were asked about.';
comment on column access.block_checked.care_unit is 'Which PDL care unit''s.';
comment on column access.block_checked.kind is 'upp: alerts, which a patient may leave out of a block; empty: all else.';
comment on column access.block_checked.records_from is 'The first of them: of others nothing was asked.';
comment on column access.block_checked.records_until is 'The last of them.';
comment on column access.block_checked.blocked is 'They are blocked for who asked, all of them or some; else not.';
comment on column access.block_checked.valid_from is 'When it was asked.';
comment on column access.block_checked.valid_until is 'When it counts no more.';
alter table access.block_checked enable row level security;
create policy block_checked_tenant on access.block_checked using (tenant = base.tenant());
grant select, insert, update on access.block_checked to r7_access;
grant select on access.block_checked to r7_search;

-- Room access asks about care units, and reads no record: it is told where there are some, and nothing else of them. What a delivery did not
-- say is mapped by the register of units at the record's own time, so those are told time by time.
create function indexing.person_places(persons uuid[], systems text[], most integer)
returns table (source_system text, unit_id text, care_unit text, care_provider text, category text, mapped_at timestamptz, first_at timestamptz, last_at timestamptz)
language plpgsql stable security definer set search_path = '' as $$
declare
  one uuid;
begin
  foreach one in array persons loop
    return query select r.source_system, m.unit_id, r.care_unit, r.care_provider, r.category, m.at, min(r.occurred_at), max(r.occurred_at)
      from indexing.record r cross join lateral (select case when whole then null else r.unit_id end as unit_id,
        case when whole then null else r.occurred_at end as at from (select r.care_unit <> '' and r.care_provider <> '') w (whole)) m
      where r.tenant = base.tenant() and r.shard = (('x' || substr(replace(one::text, '-', ''), 1, 4))::bit(16)::int >> 6) and r.person = one
        and r.source_system = any(systems) and r.type <> 'access-log' and r.occurred_at is not null
        and exists (select from ingest.delivery d where d.package = r.package and d.accepted_at is not null and d.stored_at is not null
          and d.superseded_at is null and d.record_status is distinct from 'TEST')
      group by r.source_system, m.unit_id, r.care_unit, r.care_provider, r.category, m.at limit most;
  end loop;
end $$;
comment on function indexing.person_places(uuid[], text[], integer) is
  'At which care units these identities have records of which category from these systems, from when to when; of each identity so many rows at the most.';
revoke execute on function indexing.person_places(uuid[], text[], integer) from public;
grant execute on function indexing.person_places(uuid[], text[], integer) to r7_access;

reset role;
insert into base.migration (number, name) values (58, '0058-block-check.sql');
