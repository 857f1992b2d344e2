-- Why an announced object has not been fetched yet, for who waits for it.
set local role r7_owner;

alter table ingest.announcement add column failure text check (length(failure) <= 500);
comment on column ingest.announcement.failure is 'Why the last of those attempts brought nothing, in words for its source system; null when there was none.';
grant update (failure) on ingest.announcement to r7_ingest;

reset role;
insert into base.migration (number, name) values (25, '0025-object-failure.sql');
