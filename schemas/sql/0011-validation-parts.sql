-- Large packages are judged in parts: what is listed, cut and done of each.
set local role r7_owner;

alter table validation.work
  alter column done_at drop not null,
  add column parts int not null default 1 check (parts >= 0),
  add column parts_left int not null default 0 check (parts_left >= 0 and parts_left <= parts),
  add column container text check (container in ('zip', 'tar', 'tar.gz')),
  add constraint work_done_whole check (done_at is null or parts_left = 0);
comment on column validation.work.staged is 'The folder with the sealed entry index and report; until it is judged, the delivered bytes'' folder or that of the manifest.';
comment on column validation.work.errors is 'Findings of level ERROR; those of the parts so far while it is being judged.';
comment on column validation.work.warnings is 'Findings of level WARNING; likewise.';
comment on column validation.work.done_at is 'When it was judged; null while it is being listed or checked in parts.';
comment on column validation.work.parts is 'Parts in all; 0 while it is being listed, 1 for a package that was judged at once.';
comment on column validation.work.parts_left is 'Parts not done.';
comment on column validation.work.container is 'What it came in, for a package judged in parts.';

create table validation.listing (
  delivery uuid not null references validation.work on delete cascade,
  number int not null,
  tenant smallint not null,
  "offset" bigint not null,
  entries bigint not null,
  length bigint not null,
  primary key (delivery, number)
);
comment on table validation.listing is 'A step of listing a long TAR or a tar.gz: where it stopped. Its piece, with the restart points, is sealed (validation.sealed). Gone when the delivery is judged.';
comment on column validation.listing.delivery is 'The delivery.';
comment on column validation.listing.number is 'From 0.';
comment on column validation.listing.tenant is 'The region.';
comment on column validation.listing."offset" is 'The next header in the (inflated) TAR.';
comment on column validation.listing.entries is 'Entries so far.';
comment on column validation.listing.length is 'Their plain bytes.';
alter table validation.listing enable row level security;
create policy listing_tenant on validation.listing using (tenant = base.tenant());

create table validation.part (
  delivery uuid not null references validation.work on delete cascade,
  number int not null,
  tenant smallint not null,
  first_row bigint not null,
  end_row bigint not null check (end_row > first_row),
  first_byte bigint not null,
  end_byte bigint not null check (end_byte >= first_byte),
  files bigint not null,
  bytes bigint not null,
  piece int not null,
  event uuid not null,
  subject uuid not null,
  released_at timestamptz,
  done_at timestamptz,
  primary key (delivery, number)
);
comment on table validation.part is 'A range of a delivery''s manifest that one worker checks. Gone when the delivery is judged.';
comment on column validation.part.delivery is 'The delivery.';
comment on column validation.part.number is 'From 0.';
comment on column validation.part.tenant is 'The region.';
comment on column validation.part.first_row is 'Where it begins in the manifest.';
comment on column validation.part.end_row is 'Where it ends there.';
comment on column validation.part.first_byte is 'The first byte of the container that is read for it.';
comment on column validation.part.end_byte is 'The byte after the last.';
comment on column validation.part.files is 'Files in it.';
comment on column validation.part.bytes is 'Their plain bytes.';
comment on column validation.part.piece is 'The step of the listing that has the restart point before it; -1: it needs none.';
comment on column validation.part.event is 'The id of the event that releases it.';
comment on column validation.part.subject is 'The subject of that event.';
comment on column validation.part.released_at is 'When it was given to the workers.';
comment on column validation.part.done_at is 'When it was checked.';
alter table validation.part enable row level security;
create policy part_tenant on validation.part using (tenant = base.tenant());
create index part_waiting on validation.part (tenant, delivery, number) where released_at is null;
create index part_under_way on validation.part (tenant, delivery) where released_at is not null and done_at is null;

alter table validation.sealed
  drop constraint sealed_what_check,
  add constraint sealed_what_check check (what in ('entries', 'report', 'listing', 'manifest', 'part_entries', 'findings')),
  add column part int;
comment on table validation.sealed is 'Sealed files that validation made: entry index and report, which go into the package''s AIP part, and, while a package is judged in parts, what its steps hand to each other.';
comment on column validation.sealed.what is 'entries (the entry index) or report; listing, manifest, part_entries or findings while it is judged in parts.';
comment on column validation.sealed.part is 'The part or step it comes from; null when it is about the whole.';

grant update on validation.work to r7_validation;
grant select, insert, update, delete on validation.listing, validation.part to r7_validation;
grant select on validation.part to r7_ingest;

reset role;
insert into base.migration (number, name) values (11, '0011-validation-parts.sql');
