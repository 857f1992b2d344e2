-- Packages on their way into the vault: what was sealed for them, and how far large ones have come.
set local role r7_owner;

create table preservation.work (
  delivery uuid primary key,
  tenant smallint not null,
  package uuid not null,
  staged uuid not null,
  parts int not null check (parts >= 0),
  parts_left int not null check (parts_left between 0 and parts),
  at_once int not null check (at_once > 0),
  begun_at timestamptz not null
);
comment on table preservation.work is 'A package on its way into the vault. Gone when it is stored.';
comment on column preservation.work.delivery is 'The delivery that brings it.';
comment on column preservation.work.tenant is 'The region.';
comment on column preservation.work.package is 'The package.';
comment on column preservation.work.staged is 'The staging folder with what preservation has sealed for it.';
comment on column preservation.work.parts is 'Parts in all; 0 for a package that is stored in one unit of work.';
comment on column preservation.work.parts_left is 'Parts not done.';
comment on column preservation.work.at_once is 'Parts under way at a time.';
comment on column preservation.work.begun_at is 'When its own files were sealed; the time of the version in the object.';
alter table preservation.work enable row level security;
create policy work_tenant on preservation.work using (tenant = base.tenant());

create table preservation.sealed (
  delivery uuid not null references preservation.work on delete cascade,
  number int not null check (number >= 0),
  tenant smallint not null,
  what text not null check (what in ('premis', 'catalogue')),
  key uuid not null,
  bytes bigint not null,
  stored_bytes bigint not null,
  sha512 bytea not null check (length(sha512) = 64),
  primary key (delivery, number)
);
comment on table preservation.sealed is 'Files of the AIP part that preservation sealed, before the object is made: who makes it again makes the same.';
comment on column preservation.sealed.delivery is 'The delivery.';
comment on column preservation.sealed.number is 'The file''s number in the AIP part.';
comment on column preservation.sealed.tenant is 'The region.';
comment on column preservation.sealed.what is 'premis or catalogue.';
comment on column preservation.sealed.key is 'Its file key.';
comment on column preservation.sealed.bytes is 'Plaintext bytes.';
comment on column preservation.sealed.stored_bytes is 'Ciphertext bytes.';
comment on column preservation.sealed.sha512 is 'SHA-512 of the ciphertext.';
alter table preservation.sealed enable row level security;
create policy sealed_tenant on preservation.sealed using (tenant = base.tenant());

create table preservation.part (
  delivery uuid not null references preservation.work on delete cascade,
  number int not null check (number >= 0),
  tenant smallint not null,
  first int not null,
  segments int not null check (segments > 0),
  done_at timestamptz,
  primary key (delivery, number)
);
comment on table preservation.part is 'A run of a large package''s segments, placed into its object by one worker.';
comment on column preservation.part.delivery is 'The delivery.';
comment on column preservation.part.number is 'From 0.';
comment on column preservation.part.tenant is 'The region.';
comment on column preservation.part.first is 'Its first segment.';
comment on column preservation.part.segments is 'How many.';
comment on column preservation.part.done_at is 'When they were flushed and read back in every location.';
alter table preservation.part enable row level security;
create policy part_tenant on preservation.part using (tenant = base.tenant());

grant select, insert, update, delete on preservation.work, preservation.part to r7_preservation;
grant select, insert on preservation.sealed to r7_preservation;
grant select on preservation.work to r7_ingest;

reset role;
insert into base.migration (number, name) values (15, '0015-preservation-parts.sql');
