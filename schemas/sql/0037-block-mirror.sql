-- A mirror of a service that keeps blocks for several care providers (GetBlocks 4.0), and how fresh it is.
set local role r7_owner;

create table access.block_service (
  tenant smallint not null,
  name text not null check (length(name) between 1 and 64),
  logical_address text not null check (length(logical_address) between 1 and 64),
  care_providers text[] not null check (cardinality(care_providers) between 1 and 100),
  stale_seconds integer not null check (stale_seconds between 60 and 604800),
  decided_by text not null check (length(decided_by) between 1 and 200),
  decided_at timestamptz not null,
  primary key (tenant, name)
);
comment on table access.block_service is 'Services that keep blocks, national or regional, which are mirrored into access.block. Where the house finds them is its own setting.';
comment on column access.block_service.tenant is 'The region.';
comment on column access.block_service.name is 'What the region calls it: access.block.source of what is taken from it.';
comment on column access.block_service.logical_address is 'At which it is asked.';
comment on column access.block_service.care_providers is 'Whose blocks are asked for. Of others'' records it says nothing.';
comment on column access.block_service.stale_seconds is 'How old what it said may be; after that its blocks are not known.';
comment on column access.block_service.decided_by is 'Who decided that.';
comment on column access.block_service.decided_at is 'When.';
alter table access.block_service enable row level security;
create policy block_service_tenant on access.block_service using (tenant = base.tenant());

create table access.block_mirror (
  tenant smallint not null,
  service text not null,
  care_provider text not null check (length(care_provider) between 1 and 64),
  next_from text check (length(next_from) <= 64),
  latest_cancellation text check (length(latest_cancellation) <= 64),
  tried_at timestamptz,
  whole_at timestamptz,
  refreshed_at timestamptz,
  primary key (tenant, service, care_provider),
  foreign key (tenant, service) references access.block_service
);
comment on table access.block_mirror is 'How far the mirror of a service is, for each care provider.';
comment on column access.block_mirror.tenant is 'The region.';
comment on column access.block_mirror.service is 'The service.';
comment on column access.block_mirror.care_provider is 'Whose blocks.';
comment on column access.block_mirror.next_from is 'nextCreatedOnOrAfter, as the service wrote it.';
comment on column access.block_mirror.latest_cancellation is 'latestCancellation, as the service wrote it: when it is another, all are fetched anew.';
comment on column access.block_mirror.tried_at is 'When it was asked last.';
comment on column access.block_mirror.whole_at is 'When all of them were fetched last, and those that are no more ended.';
comment on column access.block_mirror.refreshed_at is 'When it was asked last and answered: what it has ended or begun since is not known.';
alter table access.block_mirror enable row level security;
create policy block_mirror_tenant on access.block_mirror using (tenant = base.tenant());

alter table access.block_source add column service text;
comment on column access.block_source.service is 'Its blocks are all in this service: known while the mirror is fresh, for records of the care providers that are asked for. Null: they are in the register.';

alter table access.block_lift
  add column block uuid,
  add column for_employee text,
  add column source text not null default 'register' check (length(source) between 1 and 64),
  add column source_id text check (length(source_id) between 1 and 128),
  alter column for_provider drop not null,
  alter column ground drop not null,
  alter column recorded_by drop not null,
  add check (block is not null or (for_provider is not null and ground is not null and recorded_by is not null)),
  add check (block is null or for_unit is not null);
comment on column access.block_lift.block is 'This block and no other, as a service told; null: all that it names.';
comment on column access.block_lift.for_unit is 'The PDL care unit that asked. It may read what inner blocks close, or what this one block closes; the whole of for_provider may read what outer ones close.';
comment on column access.block_lift.for_provider is 'The care provider that may read; null: the unit alone, as a service told.';
comment on column access.block_lift.for_employee is 'Only this person of the unit, by HSA-id; null: whoever works there.';
comment on column access.block_lift.ground is 'consent: the patient''s own; danger: life or health; null: the service does not tell.';
comment on column access.block_lift.recorded_by is 'The user; null: a service told it.';
comment on column access.block_lift.source is 'register: made here; else the service that told it.';
comment on column access.block_lift.source_id is 'Its id there.';

grant select, insert, update on access.block_service, access.block_mirror to r7_access;
grant select on access.block_service, access.block_mirror to r7_search;
grant select (hsa_id) on access."user" to r7_search;

reset role;
insert into base.migration (number, name) values (37, '0037-block-mirror.sql');
