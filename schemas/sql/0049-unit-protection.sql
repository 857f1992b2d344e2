-- Since when a unit is protected: what was decided then is told for that day.
set local role r7_owner;

create table access.unit_protection (
  tenant smallint not null,
  unit text not null,
  since timestamptz not null,
  is_protected boolean not null,
  primary key (tenant, unit, since)
);
comment on table access.unit_protection is 'When a unit became protected, and when no more: each change of access.unit.is_protected. Units of before have what they had, from always on.';
comment on column access.unit_protection.tenant is 'The region.';
comment on column access.unit_protection.unit is 'The unit, as in access.unit.';
comment on column access.unit_protection.since is 'From when, until the next.';
comment on column access.unit_protection.is_protected is 'Not named before an active choice.';
alter table access.unit_protection enable row level security;
create policy unit_protection_tenant on access.unit_protection using (tenant = base.tenant());
insert into access.unit_protection (tenant, unit, since, is_protected) select tenant, id, '-infinity', is_protected from access.unit;
grant select, insert, update on access.unit_protection to r7_access;
grant select on access.unit_protection to r7_search;

reset role;
insert into base.migration (number, name) values (49, '0049-unit-protection.sql');
