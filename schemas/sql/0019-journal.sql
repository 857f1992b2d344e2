-- Which lines of the journals are rows (S19 in libcommon/README.md), and from where a room has still to look.
set local role r7_owner;

create table base.journal_line (
  id uuid primary key,
  tenant smallint not null,
  room text not null,
  noted_at timestamptz not null default now()
);
comment on table base.journal_line is 'Lines of a journal that were carried out: inserted by the transaction that did it, so nobody can do it twice. Rows are only added.';
comment on column base.journal_line.id is 'The line''s id.';
comment on column base.journal_line.tenant is 'Whose journal.';
comment on column base.journal_line.room is 'Who wrote it.';
comment on column base.journal_line.noted_at is 'When its transaction began; later than the line''s own time when it was carried out at a start.';
alter table base.journal_line enable row level security;
create policy journal_line_tenant on base.journal_line using (tenant = base.tenant());

create table base.journal_place (
  tenant smallint not null,
  room text not null,
  file bigint not null check (file >= 0),
  "offset" bigint not null check ("offset" >= 0),
  primary key (tenant, room)
);
comment on table base.journal_place is 'Up to where a room has looked through a journal at a start and found, or made, every row of its own lines.';
comment on column base.journal_place.tenant is 'Whose journal.';
comment on column base.journal_place.room is 'The room.';
comment on column base.journal_place.file is 'The number of the journal''s file.';
comment on column base.journal_place."offset" is 'The byte in it where the next line begins.';
alter table base.journal_place enable row level security;
create policy journal_place_tenant on base.journal_place using (tenant = base.tenant());

grant select, insert on base.journal_line to r7_ingest, r7_access;
grant select, insert, update on base.journal_place to r7_ingest, r7_access;

reset role;
insert into base.migration (number, name) values (19, '0019-journal.sql');
