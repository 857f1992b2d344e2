-- What was delivered, by whom, under which agreement, and how far it has come.
set local role r7_owner;

create table ingest.agreement (
  tenant smallint not null references access.tenant,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  system text not null check (system ~ '^[a-z0-9-]{1,32}$'),
  title text not null,
  information_type text not null,
  reader text not null check (reader in ('files', 'rivta', 'erms')),
  archive_creator text not null,
  care_provider text,
  source_system text not null,
  accepts_by_itself boolean not null default true,
  must_be_encrypted boolean not null default false,
  package_bytes_max bigint not null default 2199023255552 check (package_bytes_max > 0),
  keep_rejected interval not null default '30 days',
  valid_from timestamptz not null default now(),
  valid_until timestamptz,
  primary key (tenant, id)
);
comment on table ingest.agreement is 'Submission agreements (leveransöverenskommelse): what a source system may deliver.';
comment on column ingest.agreement.tenant is 'The region.';
comment on column ingest.agreement.id is 'Its number, as METS altRecordID SUBMISSIONAGREEMENT and the delivery say it.';
comment on column ingest.agreement.system is 'The source system it belongs to, as in the topic''s name.';
comment on column ingest.agreement.title is 'In words.';
comment on column ingest.agreement.information_type is 'A file of schemas/information-types.';
comment on column ingest.agreement.reader is 'Which reader turns its files into records.';
comment on column ingest.agreement.archive_creator is 'Archive creator (arkivbildare).';
comment on column ingest.agreement.care_provider is 'Care provider (vårdgivare) when the packages name none: HSA-id.';
comment on column ingest.agreement.source_system is 'HSA-id or name of the source system; the LogicalAddress that NPÖ reads it by.';
comment on column ingest.agreement.accepts_by_itself is 'A package that passes is accepted without a person.';
comment on column ingest.agreement.must_be_encrypted is 'Content on the topic must be age-encrypted to the tenant''s delivery identity.';
comment on column ingest.agreement.package_bytes_max is 'The largest package.';
comment on column ingest.agreement.keep_rejected is 'How long rejected bytes are kept.';
comment on column ingest.agreement.valid_from is 'From when.';
comment on column ingest.agreement.valid_until is 'Until when, or for ever.';

create table ingest.delivery (
  id uuid primary key,
  tenant smallint not null,
  system text not null,
  identity text not null,
  agreement text not null,
  package uuid not null unique,
  kind text not null check (kind in ('package', 'announcement', 'record', 'import')),
  objid text,
  record_status text,
  bytes bigint not null check (bytes >= 0),
  sha256 bytea not null check (length(sha256) = 32),
  staged uuid,
  rule text,
  duplicate_of uuid,
  errors bigint not null default 0,
  warnings bigint not null default 0,
  files bigint not null default 0,
  records bigint not null default 0,
  unreadable bigint not null default 0,
  report uuid,
  trace text,
  received_at timestamptz not null,
  validated_at timestamptz,
  rejected_at timestamptz,
  accepted_at timestamptz,
  returned_at timestamptz,
  stored_at timestamptz,
  indexed_at timestamptz,
  touched_at timestamptz not null default now(),
  receipts int not null default 0,
  version int not null default 0,
  unique (tenant, system, identity),
  check (validated_at is null or rejected_at is null),
  check (accepted_at is null or returned_at is null),
  foreign key (tenant, agreement) references ingest.agreement (tenant, id)
);
comment on table ingest.delivery is 'One delivery (leverans). It holds one time for each milestone, each set once; its state and receipts are a pure function of them.';
comment on column ingest.delivery.id is 'Made of tenant, system and identity.';
comment on column ingest.delivery.tenant is 'The region.';
comment on column ingest.delivery.system is 'The source system, from the topic''s name.';
comment on column ingest.delivery.identity is 'The supplier''s CloudEvents id.';
comment on column ingest.delivery.agreement is 'The submission agreement.';
comment on column ingest.delivery.package is 'The package it becomes: every delivery is its own.';
comment on column ingest.delivery.kind is 'How it came.';
comment on column ingest.delivery.objid is 'METS OBJID, known when validated.';
comment on column ingest.delivery.record_status is 'METS RECORDSTATUS.';
comment on column ingest.delivery.bytes is 'The delivered bytes.';
comment on column ingest.delivery.sha256 is 'SHA-256 of the delivered bytes.';
comment on column ingest.delivery.staged is 'Where its sealed bytes lie until they are stored or destroyed.';
comment on column ingest.delivery.rule is 'What it was rejected by.';
comment on column ingest.delivery.duplicate_of is 'The delivery that brought the same bytes before.';
comment on column ingest.delivery.errors is 'Findings of level ERROR.';
comment on column ingest.delivery.warnings is 'Findings of level WARNING.';
comment on column ingest.delivery.files is 'Files in the package.';
comment on column ingest.delivery.records is 'Records indexed.';
comment on column ingest.delivery.unreadable is 'Rows or files that gave no record.';
comment on column ingest.delivery.report is 'The validation report''s folder in staging, while it is there.';
comment on column ingest.delivery.trace is 'The W3C trace id.';
comment on column ingest.delivery.received_at is 'Milestone: its bytes are durable.';
comment on column ingest.delivery.validated_at is 'Milestone: it passed.';
comment on column ingest.delivery.rejected_at is 'Milestone: it did not.';
comment on column ingest.delivery.accepted_at is 'Milestone: the archivist, or the agreement, accepted it.';
comment on column ingest.delivery.returned_at is 'Milestone: the archivist sent it back.';
comment on column ingest.delivery.stored_at is 'Milestone: in the vault, flushed and read back in every location.';
comment on column ingest.delivery.indexed_at is 'Milestone: its records can be found.';
comment on column ingest.delivery.touched_at is 'When a milestone was last set, or the watchdog last asked.';
comment on column ingest.delivery.version is 'Raised with each change: a decision made on an older one is a conflict.';
comment on column ingest.delivery.receipts is 'Which receipts have left, one bit each (services/ingest/room.h).';
alter table ingest.delivery enable row level security;
create policy delivery_tenant on ingest.delivery using (tenant = base.tenant());
create index delivery_unfinished on ingest.delivery (tenant, touched_at)
  where rejected_at is null and returned_at is null and (stored_at is null or indexed_at is null or accepted_at is null);
-- The same bytes twice, while the earlier is accepted or under way, is a duplicate.
create unique index delivery_same_bytes on ingest.delivery (tenant, sha256)
  where kind = 'package' and rejected_at is null and returned_at is null;
-- OBJID is unique among accepted packages.
create unique index delivery_objid on ingest.delivery (tenant, objid)
  where accepted_at is not null and record_status = 'NEW';
create index delivery_recent on ingest.delivery (tenant, received_at desc);

alter table ingest.agreement enable row level security;
create policy agreement_tenant on ingest.agreement using (tenant = base.tenant());

create table ingest.segment (
  tenant smallint not null,
  delivery uuid not null references ingest.delivery on delete cascade,
  number int not null check (number >= 0),
  key uuid not null,
  bytes bigint not null check (bytes between 0 and 67108864),
  stored_bytes bigint not null,
  sha512 bytea not null check (length(sha512) = 64),
  primary key (delivery, number)
);
comment on table ingest.segment is 'The sealed segments of a delivery in staging: 64 MiB of plaintext each, the last shorter.';
comment on column ingest.segment.tenant is 'The region.';
comment on column ingest.segment.delivery is 'The delivery.';
comment on column ingest.segment.number is 'offset >> 26.';
comment on column ingest.segment.key is 'Its file key.';
comment on column ingest.segment.bytes is 'Plaintext bytes.';
comment on column ingest.segment.stored_bytes is 'Ciphertext bytes, without the age header.';
comment on column ingest.segment.sha512 is 'SHA-512 of the ciphertext: the digest OCFL keeps.';
alter table ingest.segment enable row level security;
create policy segment_tenant on ingest.segment using (tenant = base.tenant());

create table ingest.quarantine (
  id uuid primary key,
  tenant smallint not null,
  system text not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  rule text not null,
  bytes bigint not null,
  key uuid not null,
  kept_until timestamptz not null,
  unique (topic, partition, "offset")
);
comment on table ingest.quarantine is 'Messages that were refused at the door: their bytes lie sealed in staging until the time is up.';
comment on column ingest.quarantine.id is 'The folder in staging.';
comment on column ingest.quarantine.tenant is 'The region.';
comment on column ingest.quarantine.system is 'The source system, from the topic''s name.';
comment on column ingest.quarantine.topic is 'Where it came.';
comment on column ingest.quarantine.partition is 'Where it came.';
comment on column ingest.quarantine."offset" is 'Where it came.';
comment on column ingest.quarantine.rule is 'Why it was refused.';
comment on column ingest.quarantine.bytes is 'Its size.';
comment on column ingest.quarantine.key is 'Its file key.';
comment on column ingest.quarantine.kept_until is 'When its header and bytes are destroyed.';
alter table ingest.quarantine enable row level security;
create policy quarantine_tenant on ingest.quarantine using (tenant = base.tenant());

grant select, insert, update on ingest.delivery to r7_ingest;
grant select, insert, delete on ingest.quarantine to r7_ingest;
grant select, insert, delete on ingest.segment to r7_ingest;
grant select, insert, update on ingest.agreement to r7_ingest;
do $$
declare
  room text;
begin
  foreach room in array array['validation', 'preservation', 'indexing'] loop
    execute format('grant usage on schema ingest to r7_%1$s; grant select on ingest.delivery, ingest.segment, ingest.agreement to r7_%1$s', room);
  end loop;
  foreach room in array array['search', 'gateway'] loop
    execute format('grant usage on schema ingest to r7_%1$s; grant select on ingest.delivery, ingest.agreement to r7_%1$s', room);
  end loop;
end $$;

reset role;
insert into base.migration (number, name) values (3, '0003-ingest.sql');
