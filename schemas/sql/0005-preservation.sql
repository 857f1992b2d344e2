-- Packages at rest (AIP), their segments, copies and PREMIS events.
set local role r7_owner;

create table preservation.package (
  id uuid primary key,
  tenant smallint not null,
  delivery uuid not null unique,
  system text not null,
  agreement text not null,
  objid text,
  bytes bigint not null,
  sha256 bytea not null check (length(sha256) = 32),
  files bigint not null,
  stored_at timestamptz not null
);
comment on table preservation.package is 'A package (AIP) in the vault. What stands here also stands sealed in its AIP part, so that the catalogue can be made again from the storage roots.';
comment on column preservation.package.id is 'Our id; the OCFL object is urn:uuid:<id>.';
comment on column preservation.package.tenant is 'The region.';
comment on column preservation.package.delivery is 'The delivery that brought it.';
comment on column preservation.package.system is 'The source system.';
comment on column preservation.package.agreement is 'The submission agreement.';
comment on column preservation.package.objid is 'METS OBJID: the supplier''s name for it.';
comment on column preservation.package.bytes is 'Delivered bytes.';
comment on column preservation.package.sha256 is 'SHA-256 of the delivered bytes.';
comment on column preservation.package.files is 'Files in it.';
comment on column preservation.package.stored_at is 'When every required location had it, flushed and read back.';
alter table preservation.package enable row level security;
create policy package_tenant on preservation.package using (tenant = base.tenant());

create table preservation.segment (
  package uuid not null references preservation.package on delete cascade,
  kind text not null check (kind in ('delivered', 'aip')),
  number int not null check (number >= 0),
  tenant smallint not null,
  what text not null,
  key uuid not null,
  bytes bigint not null,
  stored_bytes bigint not null,
  sha512 bytea not null check (length(sha512) = 64),
  primary key (package, kind, number)
);
comment on table preservation.segment is 'The sealed files of a package: its delivered bytes (64 MiB each) and its AIP part.';
comment on column preservation.segment.package is 'The package.';
comment on column preservation.segment.kind is 'delivered: v1/content/seg-…; aip: v1/content/aip-….';
comment on column preservation.segment.number is 'Its number; for delivered bytes offset >> 26.';
comment on column preservation.segment.tenant is 'The region.';
comment on column preservation.segment.what is 'bytes; of the AIP part premis, catalogue, entries or report.';
comment on column preservation.segment.key is 'Its file key.';
comment on column preservation.segment.bytes is 'Plaintext bytes.';
comment on column preservation.segment.stored_bytes is 'Ciphertext bytes.';
comment on column preservation.segment.sha512 is 'SHA-512 of the ciphertext, as the OCFL inventory has it.';
alter table preservation.segment enable row level security;
create policy segment_tenant on preservation.segment using (tenant = base.tenant());

create table preservation.copy (
  package uuid not null references preservation.package on delete cascade,
  location smallint not null,
  tenant smallint not null,
  stored_at timestamptz not null,
  verified_at timestamptz not null,
  primary key (package, location)
);
comment on table preservation.copy is 'Where the package lies, and when each copy was last read back.';
comment on column preservation.copy.package is 'The package.';
comment on column preservation.copy.location is 'The storage location, from 0.';
comment on column preservation.copy.tenant is 'The region.';
comment on column preservation.copy.stored_at is 'When it was written.';
comment on column preservation.copy.verified_at is 'When it was last read back with equal digests.';
alter table preservation.copy enable row level security;
create policy copy_tenant on preservation.copy using (tenant = base.tenant());

create table preservation.event (
  id uuid primary key,
  tenant smallint not null,
  package uuid not null,
  type text not null,
  outcome text not null,
  detail jsonb,
  agent text not null,
  at timestamptz not null
);
comment on table preservation.event is 'PREMIS events of packages: ingestion, validation, replication, fixity check, dissemination.';
comment on column preservation.event.id is 'PREMIS eventIdentifier.';
comment on column preservation.event.tenant is 'The region.';
comment on column preservation.event.package is 'The package.';
comment on column preservation.event.type is 'PREMIS eventType.';
comment on column preservation.event.outcome is 'success, warning or failure.';
comment on column preservation.event.detail is 'Facts about the work; never content.';
comment on column preservation.event.agent is 'Which service, or which person by id.';
comment on column preservation.event.at is 'When.';
alter table preservation.event enable row level security;
create policy event_tenant on preservation.event using (tenant = base.tenant());
create index event_package on preservation.event (package, at);

grant select, insert on preservation.package, preservation.segment, preservation.event to r7_preservation;
grant select, insert, update on preservation.copy to r7_preservation;
do $$
declare
  room text;
begin
  foreach room in array array['indexing', 'search', 'gateway', 'ingest', 'validation'] loop
    execute format('grant usage on schema preservation to r7_%1$s; grant select on preservation.package, preservation.segment, preservation.copy to r7_%1$s', room);
  end loop;
end $$;

reset role;
insert into base.migration (number, name) values (5, '0005-preservation.sql');
