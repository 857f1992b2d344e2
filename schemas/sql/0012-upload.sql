-- Bytes that come in by upload, and announcements that wait for them.
set local role r7_owner;

create table ingest.upload (
  id uuid primary key references ingest.staged on delete cascade,
  tenant smallint not null,
  system text not null,
  agreement text not null,
  bytes bigint not null check (bytes > 0),
  received bigint not null default 0 check (received between 0 and bytes),
  chain bytea not null check (length(chain) = 32),
  sha256 bytea check (length(sha256) = 32),
  key uuid,
  next_keys uuid[] not null default '{}',
  writing_until timestamptz,
  delivery uuid,
  version int not null default 0,
  made_at timestamptz not null default now(),
  check ((sha256 is not null) = (received = bytes)),
  check ((key is not null) = (received < bytes and received % 67108864 > 0)),
  check (received = bytes or received % 65536 = 0),
  foreign key (tenant, agreement) references ingest.agreement (tenant, id)
);
comment on table ingest.upload is 'Bytes on their way in by tus. They become a delivery when the topic announces them; they go with their staging folder, whose lease is theirs.';
comment on column ingest.upload.id is 'Its number in the address, and its folder in staging.';
comment on column ingest.upload.tenant is 'The region.';
comment on column ingest.upload.system is 'The source system whose certificate made it: nobody else may use it.';
comment on column ingest.upload.agreement is 'The agreement it was made under; its limit applies.';
comment on column ingest.upload.bytes is 'Upload-Length.';
comment on column ingest.upload.received is 'Upload-Offset: what is sealed and flushed, whole chunks of 64 KiB until all is there.';
comment on column ingest.upload.chain is 'The chaining value of SHA-256 over the bytes received.';
comment on column ingest.upload.sha256 is 'SHA-256 of all bytes, once they are there.';
comment on column ingest.upload.key is 'The key of the unfinished segment, when there is one.';
comment on column ingest.upload.next_keys is 'Keys of files that are being written: named before their first byte, worth nothing until they are received.';
comment on column ingest.upload.writing_until is 'Until when one writer has it alone.';
comment on column ingest.upload.delivery is 'The one delivery that it became.';
comment on column ingest.upload.version is 'Raised with each change: a writer whose version is old has lost it.';
comment on column ingest.upload.made_at is 'When it was begun.';
alter table ingest.upload enable row level security;
create policy upload_tenant on ingest.upload using (tenant = base.tenant());
create index upload_of_system on ingest.upload (tenant, system) where sha256 is null;

create table ingest.upload_segment (
  tenant smallint not null,
  upload uuid not null references ingest.upload on delete cascade,
  number int not null check (number >= 0),
  key uuid not null,
  bytes bigint not null check (bytes between 1 and 67108864),
  stored_bytes bigint not null,
  sha512 bytea not null check (length(sha512) = 64),
  primary key (upload, number)
);
comment on table ingest.upload_segment is 'The finished segments of an upload. They hold its keys until its folder goes; a delivery made of it has copies of its own.';
comment on column ingest.upload_segment.tenant is 'The region.';
comment on column ingest.upload_segment.upload is 'The upload.';
comment on column ingest.upload_segment.number is 'offset >> 26.';
comment on column ingest.upload_segment.key is 'Its file key.';
comment on column ingest.upload_segment.bytes is 'Plaintext bytes.';
comment on column ingest.upload_segment.stored_bytes is 'Ciphertext bytes, without the age header.';
comment on column ingest.upload_segment.sha512 is 'SHA-512 of the ciphertext.';
create index upload_segment_key on ingest.upload_segment (key);
alter table ingest.upload_segment enable row level security;
create policy upload_segment_tenant on ingest.upload_segment using (tenant = base.tenant());

create table ingest.announcement (
  id uuid primary key,
  tenant smallint not null,
  system text not null,
  identity text not null,
  agreement text not null,
  upload uuid not null unique,
  bytes bigint not null check (bytes > 0),
  sha256 bytea not null check (length(sha256) = 32),
  trace text,
  announced_at timestamptz not null default now(),
  foreign key (tenant, agreement) references ingest.agreement (tenant, id)
);
comment on table ingest.announcement is 'Deliveries announced ahead of their bytes: they wait until the upload is complete, or its lease is over.';
comment on column ingest.announcement.id is 'The delivery it will be.';
comment on column ingest.announcement.tenant is 'The region.';
comment on column ingest.announcement.system is 'The source system, from the topic''s name.';
comment on column ingest.announcement.identity is 'The supplier''s CloudEvents id.';
comment on column ingest.announcement.agreement is 'The submission agreement.';
comment on column ingest.announcement.upload is 'The upload it waits for; one announcement each.';
comment on column ingest.announcement.bytes is 'How many bytes were announced.';
comment on column ingest.announcement.sha256 is 'The SHA-256 that was announced.';
comment on column ingest.announcement.trace is 'The W3C trace id.';
comment on column ingest.announcement.announced_at is 'When.';
alter table ingest.announcement enable row level security;
create policy announcement_tenant on ingest.announcement using (tenant = base.tenant());

-- The same bytes twice is a duplicate however they came; single records have no bytes of their own.
drop index ingest.delivery_same_bytes;
create unique index delivery_same_bytes on ingest.delivery (tenant, sha256)
  where kind <> 'record' and rejected_at is null and returned_at is null;

grant select, insert, update on ingest.upload to r7_ingest;
grant select, insert on ingest.upload_segment to r7_ingest;
grant select, insert, delete on ingest.announcement to r7_ingest;
-- To see which keys an upload claims.
grant select on ingest.upload, ingest.upload_segment to r7_keys;

reset role;
insert into base.migration (number, name) values (12, '0012-upload.sql');
