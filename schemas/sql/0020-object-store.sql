-- Announcements that name an object: the agreement says where, and ingest fetches it.
set local role r7_owner;

alter table ingest.agreement
  add column store_endpoint text check (store_endpoint ~ '^(https://[a-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?$'),
  add column store_bucket text check (store_bucket ~ '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$'),
  add column store_prefix text check (length(store_prefix) <= 256 and store_prefix ~ '^([A-Za-z0-9_=.-]+/)*$' and store_prefix !~ '(^|/)\.{1,2}/'),
  add column store_region text check (store_region ~ '^[a-z0-9-]{1,32}$'),
  add column store_credentials text check (store_credentials ~ '^[A-Za-z0-9_-]{1,64}$'),
  add check (num_nulls(store_endpoint, store_bucket, store_prefix, store_region, store_credentials) in (0, 5));
comment on column ingest.agreement.store_endpoint is 'The object store that announcements may name objects of: https://host[:port]. Null, as its other columns: none.';
comment on column ingest.agreement.store_bucket is 'The one bucket.';
comment on column ingest.agreement.store_prefix is 'What each key begins with; empty, or ends with a slash.';
comment on column ingest.agreement.store_region is 'The region that requests are signed for.';
comment on column ingest.agreement.store_credentials is 'The name of the file with the keys, which are never here.';

alter table ingest.announcement
  add column uri text check (length(uri) <= 1200),
  add column etag text check (length(etag) <= 200),
  add column failures int not null default 0,
  add column turn_at timestamptz,
  add column next_at timestamptz not null default now();
comment on column ingest.announcement.uri is 'The object that ingest fetches into the upload, as announced. It may be personal: it is told to nobody, and goes with this row.';
comment on column ingest.announcement.etag is 'Which version of the object the first bytes were of: all others must be too.';
comment on column ingest.announcement.failures is 'Attempts in a row that brought nothing.';
comment on column ingest.announcement.turn_at is 'When it last had its turn.';
comment on column ingest.announcement.next_at is 'When it may have its next: while a worker has it, and after a failure, later.';
create index announcement_object on ingest.announcement (tenant) where uri is not null;

grant update (etag, failures, turn_at, next_at) on ingest.announcement to r7_ingest;

reset role;
insert into base.migration (number, name) values (20, '0020-object-store.sql');
