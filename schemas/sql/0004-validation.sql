-- The work of validating a package: parts, counts, and what was found.
set local role r7_owner;

create table validation.work (
  delivery uuid primary key,
  tenant smallint not null,
  staged uuid not null,
  files bigint not null,
  bytes bigint not null,
  errors bigint not null,
  warnings bigint not null,
  rule text,
  objid text,
  record_status text,
  done_at timestamptz not null
);
comment on table validation.work is 'What validation learned of a delivery.';
comment on column validation.work.delivery is 'The delivery.';
comment on column validation.work.tenant is 'The region.';
comment on column validation.work.staged is 'The folder with the sealed entry index and report.';
comment on column validation.work.files is 'Files in the package.';
comment on column validation.work.bytes is 'Their bytes.';
comment on column validation.work.errors is 'Findings of level ERROR.';
comment on column validation.work.warnings is 'Findings of level WARNING.';
comment on column validation.work.rule is 'The first rule that refused it.';
comment on column validation.work.objid is 'METS OBJID.';
comment on column validation.work.record_status is 'METS RECORDSTATUS.';
comment on column validation.work.done_at is 'When.';
alter table validation.work enable row level security;
create policy work_tenant on validation.work using (tenant = base.tenant());

create table validation.finding (
  delivery uuid not null,
  tenant smallint not null,
  requirement text not null,
  level text not null check (level in ('ERROR', 'WARNING', 'INFO')),
  count bigint not null,
  primary key (delivery, requirement, level)
);
comment on table validation.finding is 'How often each requirement was broken. The places (paths, lines) stand in the sealed report, never here: a file name may hold a personal number.';
comment on column validation.finding.delivery is 'The delivery.';
comment on column validation.finding.tenant is 'The region.';
comment on column validation.finding.requirement is 'CSIP71, SIP4, container_path_unsafe …';
comment on column validation.finding.level is 'ERROR refuses the package.';
comment on column validation.finding.count is 'How often.';
alter table validation.finding enable row level security;
create policy finding_tenant on validation.finding using (tenant = base.tenant());

create table validation.sealed (
  staged uuid not null,
  number int not null,
  tenant smallint not null,
  delivery uuid not null,
  what text not null check (what in ('entries', 'report')),
  key uuid not null,
  bytes bigint not null,
  stored_bytes bigint not null,
  sha256 bytea not null check (length(sha256) = 32),
  sha512 bytea not null check (length(sha512) = 64),
  primary key (staged, number)
);
comment on table validation.sealed is 'Sealed files that validation made: they go into the package''s AIP part.';
comment on column validation.sealed.staged is 'The folder.';
comment on column validation.sealed.number is 'The file''s number in the folder.';
comment on column validation.sealed.tenant is 'The region.';
comment on column validation.sealed.delivery is 'The delivery.';
comment on column validation.sealed.what is 'entries (the entry index) or report.';
comment on column validation.sealed.key is 'Its file key.';
comment on column validation.sealed.bytes is 'Plaintext bytes.';
comment on column validation.sealed.stored_bytes is 'Ciphertext bytes.';
comment on column validation.sealed.sha256 is 'SHA-256 of the plaintext.';
comment on column validation.sealed.sha512 is 'SHA-512 of the ciphertext.';
alter table validation.sealed enable row level security;
create policy sealed_tenant on validation.sealed using (tenant = base.tenant());
create index sealed_delivery on validation.sealed (delivery);

grant select, insert on validation.work to r7_validation;
grant select, insert, delete on validation.finding, validation.sealed to r7_validation;
grant usage on schema validation to r7_preservation, r7_indexing, r7_ingest, r7_search, r7_gateway;
grant select on validation.sealed, validation.work to r7_preservation;
grant select on validation.finding, validation.work, validation.sealed to r7_ingest;

reset role;
insert into base.migration (number, name) values (4, '0004-validation.sql');
