-- The register of units: what systems called them and when, their names, what the directory says; decisions on successors;
-- and how many records of a package stand under each code.
set local role r7_owner;

alter table access.unit
  add column hsa_id text,
  add column source text not null default 'local' check (source in ('local', 'directory'));
comment on column access.unit.id is 'HSA-id, or an id of the region''s own.';
comment on column access.unit.hsa_id is 'HSA-id, when the id is another.';
comment on column access.unit.care_provider is 'The care provider. A unit that moves to another is a new unit, with a succession of kind moved.';
comment on column access.unit.source is 'Whose words the row holds: a local administrator''s, or the directory''s (access.unit_told).';

create table access.unit_name (
  tenant smallint not null,
  unit text not null,
  name text not null check (name <> ''),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  withdrawn boolean not null default false,
  primary key (tenant, unit, valid_from)
);
comment on table access.unit_name is 'Names that units have had.';
comment on column access.unit_name.tenant is 'The region.';
comment on column access.unit_name.unit is 'The unit.';
comment on column access.unit_name.name is 'Its name then.';
comment on column access.unit_name.valid_from is 'From when.';
comment on column access.unit_name.valid_until is 'Until when.';
comment on column access.unit_name.withdrawn is 'It was wrong; kept to be seen.';
alter table access.unit_name enable row level security;
create policy unit_name_tenant on access.unit_name using (tenant = base.tenant());

create table access.unit_code (
  tenant smallint not null,
  source_system text not null check (source_system <> ''),
  code text not null check (code <> ''),
  unit text not null,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  withdrawn boolean not null default false,
  primary key (tenant, source_system, code, valid_from)
);
comment on table access.unit_code is 'What source systems called units. A record gets its unit here, by its own time, whenever it is read: no row of the index changes when this does.';
comment on column access.unit_code.tenant is 'The region.';
comment on column access.unit_code.source_system is 'As records name it (indexing.record.source_system).';
comment on column access.unit_code.code is 'As records name it (indexing.record.unit_id).';
comment on column access.unit_code.unit is 'Which unit it meant.';
comment on column access.unit_code.valid_from is 'In records from when.';
comment on column access.unit_code.valid_until is 'In records until when.';
comment on column access.unit_code.withdrawn is 'It was wrong; kept to be seen.';
alter table access.unit_code enable row level security;
create policy unit_code_tenant on access.unit_code using (tenant = base.tenant());
create index on access.unit_code (tenant, unit);
comment on column indexing.record.unit is 'Not written: the unit is found in access.unit_code by source system, unit_id and time, when the record is read.';

-- A function, so that the planner does not weigh the register against the index of the records, 64 times over.
create function access.unit_was_called(source_system text, code text, at timestamptz, wanted text) returns boolean
language sql stable cost 1 set search_path = '' as $$
  select exists (select from access.unit_code c left join access.unit u on u.tenant = base.tenant() and u.id = c.unit
    where c.tenant = base.tenant() and c.source_system = $1 and c.code = $2 and not c.withdrawn
    and (c.unit = $4 or u.care_unit = $4)
    and coalesce(c.valid_from <= $3 and (c.valid_until is null or $3 < c.valid_until),
      (select count(*) = 1 from access.unit_code o where o.tenant = base.tenant() and o.source_system = $1 and o.code = $2
        and not o.withdrawn)))
$$;
comment on function access.unit_was_called(text, text, timestamptz, text) is
  'Did the code mean the unit, or a unit of the care unit, then? Without a time: has it never meant another? For searching by unit; what a record''s unit is, is told by domain/unit.h.';
revoke execute on function access.unit_was_called(text, text, timestamptz, text) from public;
grant execute on function access.unit_was_called(text, text, timestamptz, text) to r7_search;

create table access.unit_told (
  tenant smallint not null,
  unit text not null,
  told_at timestamptz not null,
  name text not null,
  care_unit text,
  care_provider text not null,
  care_provider_name text not null,
  valid_from timestamptz,
  valid_until timestamptz,
  primary key (tenant, unit)
);
comment on table access.unit_told is 'What the HSA directory last said of a unit. It stands in access.unit only where no local administrator''s own row does.';
comment on column access.unit_told.tenant is 'The region.';
comment on column access.unit_told.unit is 'Its HSA-id, and id in the register.';
comment on column access.unit_told.told_at is 'When.';
comment on column access.unit_told.name is 'unitName.';
comment on column access.unit_told.care_unit is 'healthCareUnitHsaId of the care unit it is a member of, or is itself.';
comment on column access.unit_told.care_provider is 'healthCareProviderHsaId.';
comment on column access.unit_told.care_provider_name is 'healthCareProviderName.';
comment on column access.unit_told.valid_from is 'unitStartDate.';
comment on column access.unit_told.valid_until is 'unitEndDate.';
alter table access.unit_told enable row level security;
create policy unit_told_tenant on access.unit_told using (tenant = base.tenant());

alter table access.succession
  alter column successor drop not null,
  add column kind text not null default 'merge' check (kind in ('merge', 'split', 'moved', 'closed')),
  add column decided_at timestamptz,
  add column covers_predecessors boolean not null default false,
  add check ((successor is null) = (kind = 'closed'));
comment on table access.succession is 'What became of a unit, by whose decision. By merge and split the successor reads the unit''s records as its own, within their care provider; moved and closed open nothing.';
comment on column access.succession.successor is 'The unit that came after; null when it was closed.';
comment on column access.succession.decided_by is 'Who decided.';
comment on column access.succession.kind is 'merge, split, moved (to another care provider) or closed.';
comment on column access.succession.decided_at is 'When it was decided; null before that was asked for.';
comment on column access.succession.covers_predecessors is 'The decision also covers the records that the unit itself read as a successor.';
create index on access.succession (tenant, unit);

grant select, insert, update on access.unit_name, access.unit_code, access.unit_told to r7_access;
grant select on access.unit_code to r7_search, r7_indexing;

create table indexing.unit_count (
  package uuid not null references indexing.package on delete cascade,
  part int not null,
  source_system text not null,
  code text not null,
  month date not null,
  tenant smallint not null,
  records bigint not null check (records > 0),
  primary key (package, part, source_system, code, month)
);
comment on table indexing.unit_count is 'How many records of a part stand under each unit code and month: what the register lacks is told before the delivery is accepted, without reading its records.';
comment on column indexing.unit_count.package is 'The package.';
comment on column indexing.unit_count.part is 'The part that read them.';
comment on column indexing.unit_count.source_system is 'The system whose code it is.';
comment on column indexing.unit_count.code is 'The unit as delivered.';
comment on column indexing.unit_count.month is 'First day of the month of the records'' own time in Sweden; -infinity when they have none.';
comment on column indexing.unit_count.tenant is 'The region.';
comment on column indexing.unit_count.records is 'How many.';
alter table indexing.unit_count enable row level security;
create policy unit_count_tenant on indexing.unit_count using (tenant = base.tenant());
grant select, insert, delete on indexing.unit_count to r7_indexing;

-- What waits for its acceptance now.
insert into indexing.unit_count (package, part, source_system, code, month, tenant, records)
select r.package, r.part, r.source_system, r.unit_id,
  coalesce(date_trunc('month', coalesce(r.occurred_at, r.documented_at, r.authored_at, r.signed_at) at time zone 'Europe/Stockholm')::date, '-infinity'),
  r.tenant, count(*)
from indexing.record r join indexing.package p on p.id = r.package
join ingest.delivery d on d.id = p.delivery and d.accepted_at is null and d.removed_at is null
where r.unit_id is not null group by 1, 2, 3, 4, 5, 6;

reset role;
insert into base.migration (number, name) values (31, '0031-units.sql');
