-- Regions, certificates, people and what they may do; facts about persons and units; the disclosure log.
set local role r7_owner;

create table access.tenant (
  id smallint primary key check (id > 0),
  name text not null unique check (name ~ '^[a-z][a-z0-9-]{1,31}$'),
  title text not null
);
comment on table access.tenant is 'Regions. The id and the name never change: the name is a folder in the vault and a part of topics.';
comment on column access.tenant.id is 'The region''s number in every other table.';
comment on column access.tenant.name is 'In topics and folders.';
comment on column access.tenant.title is 'In words.';

-- Those who operate the house for all regions: they have accounts, and no role of theirs sees content.
insert into access.tenant (id, name, title) values (32767, 'central', 'Central management');

create table access.principal (
  subject text primary key,
  kind text not null check (kind in ('system', 'national_service')),
  tenant smallint references access.tenant,
  name text not null,
  valid_from timestamptz not null default now(),
  valid_until timestamptz,
  revoked boolean not null default false,
  check ((kind = 'system') = (tenant is not null))
);
comment on table access.principal is 'Certificates that may come in: a source system''s by its CN, a national service''s by its HSA-id (subject serialNumber). Rooms are known by their CN alone.';
comment on column access.principal.subject is 'CN or serialNumber.';
comment on column access.principal.kind is 'system or national_service.';
comment on column access.principal.tenant is 'The region of a source system.';
comment on column access.principal.name is 'The source system''s name in topics, or the service''s name.';
comment on column access.principal.valid_from is 'From when.';
comment on column access.principal.valid_until is 'Until when.';
comment on column access.principal.revoked is 'Let in no more.';

create table access.logical_address (
  address text primary key,
  tenant smallint not null references access.tenant,
  processor_agreement boolean not null,
  valid_from timestamptz not null default now(),
  valid_until timestamptz
);
comment on table access.logical_address is 'Source systems by the HSA-id that national services address them with, and whose they are.';
comment on column access.logical_address.address is 'HSA-id of the retired source system.';
comment on column access.logical_address.tenant is 'The region.';
comment on column access.logical_address.processor_agreement is 'The care provider has the agreements (kund- och PuB-avtal) that showing records nationally asks for.';
comment on column access.logical_address.valid_from is 'From when.';
comment on column access.logical_address.valid_until is 'Until when.';

create table access."user" (
  id uuid primary key,
  tenant smallint not null references access.tenant,
  login text not null check (login ~ '^[a-z0-9._@-]{2,64}$'),
  name text not null,
  hsa_id text,
  password text,
  active_from timestamptz not null default now(),
  active_until timestamptz,
  unique (tenant, login),
  unique (tenant, id),
  check (password is null or password like '$scrypt$ln=%')
);
comment on table access."user" is 'People with an account in the built-in issuer.';
comment on column access."user".id is 'The subject of tokens and log rows.';
comment on column access."user".tenant is 'The region.';
comment on column access."user".login is 'What is typed; unique in the region.';
comment on column access."user".name is 'In words.';
comment on column access."user".hsa_id is 'HSA-id (HSA-id för anställd).';
comment on column access."user".password is 'scrypt, with its parameters.';
comment on column access."user".active_from is 'From when.';
comment on column access."user".active_until is 'Until when: a leaver loses access at once.';
alter table access."user" enable row level security;
create policy user_tenant on access."user" using (tenant = base.tenant());

create table access.assignment (
  id uuid primary key,
  tenant smallint not null,
  "user" uuid not null,
  role text not null check (role in ('care_staff', 'registrar', 'finance', 'personnel', 'archivist', 'log_reviewer',
    'local_administrator', 'central_administrator', 'operator', 'supplier', 'organisation_administrator')),
  unit text,
  care_unit text,
  care_provider text,
  purposes text[] not null check (purposes <@ array['care', 'administration', 'quality', 'registry', 'archive',
    'log_review', 'patient', 'system_test']),
  information_types text[] not null,
  analysis text not null check (analysis <> ''),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  -- With the tenant, because foreign keys look past row-level security.
  foreign key (tenant, "user") references access."user" (tenant, id)
);
comment on table access.assignment is 'What a person may do, where and for what (medarbetaruppdrag), tied to a needs-and-risk analysis. One is chosen at sign-in.';
comment on column access.assignment.id is 'The assignment.';
comment on column access.assignment.tenant is 'The region.';
comment on column access.assignment."user" is 'Whose.';
comment on column access.assignment.role is 'A role of libcommon/domain/permission_roles.def.';
comment on column access.assignment.unit is 'HSA-id of the unit.';
comment on column access.assignment.care_unit is 'The PDL care unit (vårdenhet).';
comment on column access.assignment.care_provider is 'The care provider (vårdgivare), or the authority.';
comment on column access.assignment.purposes is 'What for.';
comment on column access.assignment.information_types is 'Which information types.';
comment on column access.assignment.analysis is 'The needs-and-risk analysis (behovs- och riskanalys) it rests on.';
comment on column access.assignment.valid_from is 'From when.';
comment on column access.assignment.valid_until is 'Until when.';
alter table access.assignment enable row level security;
create policy assignment_tenant on access.assignment using (tenant = base.tenant());
create index on access.assignment ("user");

create table access.unit (
  tenant smallint not null,
  id text not null,
  name text not null,
  care_unit text,
  care_provider text not null,
  is_protected boolean not null default false,
  valid_from timestamptz not null,
  valid_until timestamptz,
  primary key (tenant, id)
);
comment on table access.unit is 'Units, also those that no longer are: what records call them, and the care unit and care provider they belong to.';
comment on column access.unit.tenant is 'The region.';
comment on column access.unit.id is 'HSA-id or local code.';
comment on column access.unit.name is 'In words.';
comment on column access.unit.care_unit is 'The PDL care unit.';
comment on column access.unit.care_provider is 'The care provider.';
comment on column access.unit.is_protected is 'Not named before an active choice.';
comment on column access.unit.valid_from is 'From when.';
comment on column access.unit.valid_until is 'Until when it was open.';
alter table access.unit enable row level security;
create policy unit_tenant on access.unit using (tenant = base.tenant());

create table access.succession (
  id uuid primary key,
  tenant smallint not null,
  unit text not null,
  successor text not null,
  decided_by text not null check (decided_by <> ''),
  valid_from timestamptz not null,
  valid_until timestamptz,
  check (unit <> successor)
);
comment on table access.succession is 'A decided rule: the successor reads the old unit''s records as its own.';
comment on column access.succession.id is 'The rule.';
comment on column access.succession.tenant is 'The region.';
comment on column access.succession.unit is 'The unit that was.';
comment on column access.succession.successor is 'The unit that reads its records.';
comment on column access.succession.decided_by is 'Who decided.';
comment on column access.succession.valid_from is 'From when.';
comment on column access.succession.valid_until is 'Until when.';
alter table access.succession enable row level security;
create policy succession_tenant on access.succession using (tenant = base.tenant());
create index on access.succession (tenant, successor);

create table access.person_fact (
  tenant smallint not null,
  person uuid not null,
  protection text not null check (protection in ('none', 'protected', 'fictitious')),
  deceased boolean not null default false,
  source text not null,
  since timestamptz not null default now(),
  primary key (tenant, person)
);
comment on table access.person_fact is 'What is known of a person by pseudonym: protected personal data, deceased. Deceased opens nothing (PDL 1:1).';
comment on column access.person_fact.tenant is 'The region.';
comment on column access.person_fact.person is 'The pseudonym.';
comment on column access.person_fact.protection is 'Protected personal data (skyddade personuppgifter).';
comment on column access.person_fact.deceased is 'Known to be dead.';
comment on column access.person_fact.source is 'Who says so.';
comment on column access.person_fact.since is 'Since when it is known here.';
alter table access.person_fact enable row level security;
create policy person_fact_tenant on access.person_fact using (tenant = base.tenant());

create table access.block (
  id uuid primary key,
  tenant smallint not null,
  person uuid not null,
  is_outer boolean not null,
  care_provider text not null,
  care_unit text,
  records_from timestamptz,
  records_until timestamptz,
  valid_from timestamptz not null,
  valid_until timestamptz,
  lifted_from timestamptz,
  lifted_until timestamptz,
  check (not (is_outer and care_unit is not null)),
  check (lifted_until is null or lifted_from < lifted_until),
  check (valid_until is null or valid_from < valid_until),
  check (records_until is null or records_from is null or records_from < records_until)
);
comment on table access.block is 'Blocks (spärrar) by patients.';
comment on column access.block.id is 'The block.';
comment on column access.block.tenant is 'The region.';
comment on column access.block.person is 'The pseudonym.';
comment on column access.block.is_outer is 'Between care providers; else between units of one.';
comment on column access.block.care_provider is 'Whose records are blocked.';
comment on column access.block.care_unit is 'Which unit''s, for an inner block.';
comment on column access.block.records_from is 'Records from when.';
comment on column access.block.records_until is 'Records until when.';
comment on column access.block.valid_from is 'In force from.';
comment on column access.block.valid_until is 'In force until.';
comment on column access.block.lifted_from is 'Lifted for a time, from.';
comment on column access.block.lifted_until is 'Lifted for a time, until.';
alter table access.block enable row level security;
create policy block_tenant on access.block using (tenant = base.tenant());
create index on access.block (tenant, person);

create table access.consent (
  id uuid primary key,
  tenant smallint not null,
  person uuid not null,
  care_provider text not null,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until)
);
comment on table access.consent is 'Consents (samtycken) to shared documentation.';
comment on column access.consent.id is 'The consent.';
comment on column access.consent.tenant is 'The region.';
comment on column access.consent.person is 'The pseudonym.';
comment on column access.consent.care_provider is 'Who may read.';
comment on column access.consent.valid_from is 'From when.';
comment on column access.consent.valid_until is 'Until when.';
alter table access.consent enable row level security;
create policy consent_tenant on access.consent using (tenant = base.tenant());
create index on access.consent (tenant, person);

create table access.fact_version (
  tenant smallint not null,
  kind text not null check (kind in ('user', 'person', 'unit', 'rules')),
  id text not null,
  version bigint not null default 1 check (version > 0),
  primary key (tenant, kind, id)
);
comment on table access.fact_version is 'Who writes a fact raises the version of each subject it concerns in the same transaction; a disclosure counts the versions it decided by.';
comment on column access.fact_version.tenant is 'The region.';
comment on column access.fact_version.kind is 'user, person, unit or rules.';
comment on column access.fact_version.id is 'The subject.';
comment on column access.fact_version.version is 'Its version.';
alter table access.fact_version enable row level security;
create policy fact_version_tenant on access.fact_version using (tenant = base.tenant());

create table access.disclosure (
  id uuid primary key,
  tenant smallint not null,
  at timestamptz not null default clock_timestamp(),
  subject_kind text not null check (subject_kind in ('person', 'system', 'national_service')),
  subject text not null,
  subject_name text not null,
  assignment uuid,
  role text,
  unit text,
  care_provider text,
  person uuid,
  action text not null check (action in ('searched', 'listed', 'read', 'printed', 'exported', 'opened_other_units')),
  purpose text not null check (purpose in ('care', 'administration', 'quality', 'registry', 'archive', 'log_review',
    'patient', 'system_test')),
  records bigint not null default 0 check (records >= 0),
  what jsonb not null,
  reasons text not null check (reasons <> ''),
  obligations text not null default '',
  reason text,
  request uuid not null,
  trace text,
  salt bytea not null check (length(salt) = 32),
  sealed_at timestamptz,
  check ((subject_kind = 'person') = (assignment is not null))
);
comment on table access.disclosure is 'Who saw what, when, why, and why it was allowed (HSLF-FS 2016:40 4 kap 9 §). The row is committed before the first byte leaves. Rooms that disclose can only add.';
comment on column access.disclosure.id is 'The row.';
comment on column access.disclosure.tenant is 'The region.';
comment on column access.disclosure.at is 'The instant of disclosure.';
comment on column access.disclosure.subject_kind is 'person, system or national_service.';
comment on column access.disclosure.subject is 'The user''s id, or the service''s HSA-id.';
comment on column access.disclosure.subject_name is 'As it was called then.';
comment on column access.disclosure.assignment is 'The assignment that was chosen.';
comment on column access.disclosure.role is 'Its role.';
comment on column access.disclosure.unit is 'Its unit.';
comment on column access.disclosure.care_provider is 'Its care provider.';
comment on column access.disclosure.person is 'Pseudonym of whose records; null for a search that names nobody.';
comment on column access.disclosure.action is 'searched, listed, read, printed, exported, opened_other_units …';
comment on column access.disclosure.purpose is 'care, quality, registry, archive …';
comment on column access.disclosure.records is 'How many records.';
comment on column access.disclosure.what is 'Which: record keys, packages, or what was asked for without its values.';
comment on column access.disclosure.reasons is 'Why it was allowed, in words of permission_reasons.def.';
comment on column access.disclosure.obligations is 'What the decision obliged to.';
comment on column access.disclosure.reason is 'As written by the person.';
comment on column access.disclosure.request is 'The request''s id, as in the logs.';
comment on column access.disclosure.trace is 'The W3C trace id.';
comment on column access.disclosure.salt is 'Random, for the leaf: removing the row later leaves the proof whole.';
comment on column access.disclosure.sealed_at is 'When it went into the Merkle log.';
alter table access.disclosure enable row level security;
create policy disclosure_tenant on access.disclosure using (tenant = base.tenant());
create index disclosure_person on access.disclosure (tenant, person, at);
create index disclosure_subject on access.disclosure (tenant, subject, at);
create index disclosure_unsealed on access.disclosure (tenant, at) where sealed_at is null;

-- What a national service may ask a region for (RIV-TA, consumer policy): permission_facts.consumer_accepted.
create table gateway.consumer_policy (
  service text not null references access.principal,
  tenant smallint not null references access.tenant,
  care_provider text not null,
  care_unit text not null default '',
  valid_from timestamptz not null default now(),
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  primary key (service, tenant, care_provider, care_unit)
);
comment on table gateway.consumer_policy is 'The region''s dated acceptance of a national service, for a care provider or one of its care units.';
comment on column gateway.consumer_policy.service is 'The service''s HSA-id.';
comment on column gateway.consumer_policy.tenant is 'The region.';
comment on column gateway.consumer_policy.care_provider is 'The care provider.';
comment on column gateway.consumer_policy.care_unit is 'One care unit, or empty for all.';
comment on column gateway.consumer_policy.valid_from is 'From when.';
comment on column gateway.consumer_policy.valid_until is 'Until when.';
alter table gateway.consumer_policy enable row level security;
create policy consumer_policy_tenant on gateway.consumer_policy using (tenant = base.tenant());
grant select, insert, update on gateway.consumer_policy to r7_gateway;

grant select, insert on access.tenant to r7_access;
grant select, insert, update on access.principal, access.logical_address, access."user", access.assignment, access.unit, access.succession,
  access.person_fact, access.block, access.consent, access.fact_version to r7_access;
grant select, insert, update (sealed_at) on access.disclosure to r7_access;
do $$
declare
  room text;
begin
  foreach room in array array['ingest', 'validation', 'preservation', 'indexing', 'keys', 'search', 'gateway'] loop
    execute format('grant usage on schema access to r7_%1$s; grant select on access.tenant, access.principal to r7_%1$s', room);
  end loop;
  foreach room in array array['ingest', 'preservation', 'search', 'gateway', 'indexing'] loop
    execute format('grant select on access.assignment, access.unit, access.succession, access.fact_version, access.logical_address to r7_%1$s', room);
    execute format('grant select (id, tenant, name, active_from, active_until) on access."user" to r7_%1$s', room);
  end loop;
  foreach room in array array['preservation', 'search', 'gateway'] loop
    execute format('grant select on access.person_fact, access.block, access.consent to r7_%1$s; grant insert (id, tenant, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person,'
      ' action, purpose, records, what, reasons, obligations, reason, request, trace, salt) on access.disclosure to r7_%1$s', room);
  end loop;
end $$;

reset role;
insert into base.migration (number, name) values (2, '0002-access.sql');
