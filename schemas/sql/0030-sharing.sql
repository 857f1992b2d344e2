-- What opens another unit's or care provider's records, and what closes them: blocks and their lifting, agreements, care
-- relations, consents, emergencies. Nothing is removed: what ends has an end.
set local role r7_owner;

-- A block is lifted for who asked for it, not for everybody (access.block_lift).
alter table access.block drop column lifted_from, drop column lifted_until;
alter table access.block
  add column source text not null default 'register' check (length(source) between 1 and 64),
  add column source_id text check (length(source_id) between 1 and 128),
  add column recorded_by uuid,
  add column recorded_at timestamptz not null default now();
comment on column access.block.source is 'register: made here; else the system or service it was taken from.';
comment on column access.block.source_id is 'Its id there.';
comment on column access.block.recorded_by is 'The user who recorded it; null: before that was kept.';
comment on column access.block.recorded_at is 'When it was recorded.';
create unique index block_once on access.block (tenant, source, source_id) where source_id is not null;

create table access.block_source (
  tenant smallint not null,
  system text not null check (length(system) between 1 and 64),
  complete boolean not null,
  decided_by text not null check (length(decided_by) between 1 and 200),
  decided_at timestamptz not null,
  primary key (tenant, system)
);
comment on table access.block_source is 'Source systems whose blocks are all in the register, by the region''s word. Until then a record of theirs is read in its own unit only: whether it is blocked is not known.';
comment on column access.block_source.tenant is 'The region.';
comment on column access.block_source.system is 'As records name it: record.source_system.';
comment on column access.block_source.complete is 'All of them are here; false: not any more.';
comment on column access.block_source.decided_by is 'Who decided that.';
comment on column access.block_source.decided_at is 'When.';
alter table access.block_source enable row level security;
create policy block_source_tenant on access.block_source using (tenant = base.tenant());

create table access.block_lift (
  id uuid primary key,
  tenant smallint not null,
  person uuid not null,
  is_outer boolean not null,
  care_provider text not null,
  care_unit text,
  for_unit text,
  for_provider text not null,
  ground text not null check (ground in ('consent', 'danger')),
  reason text check (length(reason) <= 1000),
  recorded_by uuid not null,
  recorded_at timestamptz not null default now(),
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  check (not (is_outer and care_unit is not null)),
  check (is_outer or for_unit is not null),
  check (valid_from < valid_until)
);
comment on table access.block_lift is 'Blocks lifted for a time, for the unit or care provider of who asked (PDL 4:5, lag 2022:913).';
comment on column access.block_lift.id is 'The lift.';
comment on column access.block_lift.tenant is 'The region.';
comment on column access.block_lift.person is 'The pseudonym.';
comment on column access.block_lift.is_outer is 'Of outer blocks; else of inner ones.';
comment on column access.block_lift.care_provider is 'Whose records.';
comment on column access.block_lift.care_unit is 'Which unit''s; null: every unit''s.';
comment on column access.block_lift.for_unit is 'The PDL care unit that may read, of inner blocks.';
comment on column access.block_lift.for_provider is 'The care provider that may read.';
comment on column access.block_lift.ground is 'consent: the patient''s own; danger: life or health.';
comment on column access.block_lift.reason is 'As written by the person.';
comment on column access.block_lift.recorded_by is 'The user.';
comment on column access.block_lift.recorded_at is 'When.';
comment on column access.block_lift.valid_from is 'From when.';
comment on column access.block_lift.valid_until is 'Until when.';
alter table access.block_lift enable row level security;
create policy block_lift_tenant on access.block_lift using (tenant = base.tenant());
create index on access.block_lift (tenant, person);

create table access.provider_agreement (
  id uuid primary key,
  tenant smallint not null,
  care_provider text not null,
  other_provider text not null,
  reference text not null check (length(reference) between 1 and 200),
  decided_by text not null check (length(decided_by) between 1 and 200),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  check (care_provider <> other_provider)
);
comment on table access.provider_agreement is 'Agreements between two care providers on shared documentation (lag 2022:913). Each of the two may read by it.';
comment on column access.provider_agreement.id is 'The agreement.';
comment on column access.provider_agreement.tenant is 'The region.';
comment on column access.provider_agreement.care_provider is 'One of them.';
comment on column access.provider_agreement.other_provider is 'The other.';
comment on column access.provider_agreement.reference is 'The number it is kept under.';
comment on column access.provider_agreement.decided_by is 'Who decided.';
comment on column access.provider_agreement.valid_from is 'From when.';
comment on column access.provider_agreement.valid_until is 'Until when.';
alter table access.provider_agreement enable row level security;
create policy provider_agreement_tenant on access.provider_agreement using (tenant = base.tenant());
create index on access.provider_agreement (tenant, care_provider);
create index on access.provider_agreement (tenant, other_provider);

create table access.care_relation (
  id uuid primary key,
  tenant smallint not null,
  person uuid not null,
  care_provider text not null,
  recorded_by uuid not null,
  recorded_at timestamptz not null default now(),
  valid_from timestamptz not null,
  valid_until timestamptz not null check (valid_from < valid_until)
);
comment on table access.care_relation is 'Care relations (patientrelationer): the patient is in the care of a provider for a time.';
comment on column access.care_relation.id is 'The relation.';
comment on column access.care_relation.tenant is 'The region.';
comment on column access.care_relation.person is 'The pseudonym.';
comment on column access.care_relation.care_provider is 'Who cares.';
comment on column access.care_relation.recorded_by is 'The user who attested it.';
comment on column access.care_relation.recorded_at is 'When.';
comment on column access.care_relation.valid_from is 'From when.';
comment on column access.care_relation.valid_until is 'Until when.';
alter table access.care_relation enable row level security;
create policy care_relation_tenant on access.care_relation using (tenant = base.tenant());
create index on access.care_relation (tenant, person);

alter table access.consent
  add column recorded_by uuid,
  add column recorded_at timestamptz not null default now();
comment on column access.consent.recorded_by is 'The user who recorded it; null: before that was kept.';
comment on column access.consent.recorded_at is 'When it was recorded.';

create table access.emergency (
  id uuid primary key,
  tenant smallint not null,
  "user" uuid not null references access."user",
  assignment uuid not null,
  person uuid not null,
  reason text not null check (length(reason) between 1 and 1000),
  valid_from timestamptz not null,
  valid_until timestamptz not null check (valid_from < valid_until),
  seen_by uuid,
  seen_at timestamptz,
  check ((seen_by is null) = (seen_at is null))
);
comment on table access.emergency is 'Emergency accesses (nödöppningar): one user, one patient, a written reason, hours. The row is also the alert: local administrators see it until one of them has said so.';
comment on column access.emergency.id is 'The emergency.';
comment on column access.emergency.tenant is 'The region.';
comment on column access.emergency."user" is 'Who opened it, and nobody else reads by it.';
comment on column access.emergency.assignment is 'In which assignment.';
comment on column access.emergency.person is 'The patient''s pseudonym.';
comment on column access.emergency.reason is 'Why, as written.';
comment on column access.emergency.valid_from is 'From when.';
comment on column access.emergency.valid_until is 'Until when.';
comment on column access.emergency.seen_by is 'The local administrator who has seen the alert.';
comment on column access.emergency.seen_at is 'When.';
alter table access.emergency enable row level security;
create policy emergency_tenant on access.emergency using (tenant = base.tenant());
create index on access.emergency (tenant, person);
create index emergency_unseen on access.emergency (tenant, valid_from) where seen_at is null;

grant select, insert, update on access.block_source, access.block_lift, access.provider_agreement, access.care_relation,
  access.emergency to r7_access;
grant select on access.block_source, access.block_lift, access.provider_agreement, access.care_relation, access.emergency
  to r7_search;

-- An emergency is read under its own name, and so is the question why something may be read.
alter table access.disclosure drop constraint disclosure_action_check;
alter table access.disclosure add constraint disclosure_action_check check (action in
  ('searched', 'listed', 'read', 'printed', 'exported', 'opened_other_units', 'emergency', 'explained'));

reset role;
insert into base.migration (number, name) values (30, '0030-sharing.sql');
