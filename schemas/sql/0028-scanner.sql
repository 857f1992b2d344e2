-- Files are scanned for viruses: what waits for the scanner is told, and the agreement says what becomes of what it cannot scan.
set local role r7_owner;

create table validation.waiting (
  delivery uuid primary key,
  tenant smallint not null,
  failure text not null check (length(failure) <= 500),
  since timestamptz not null default now()
);
comment on table validation.waiting is 'Deliveries whose judging waits for a server that does not answer; a row goes with the next step that is done.';
comment on column validation.waiting.delivery is 'The delivery.';
comment on column validation.waiting.tenant is 'The region.';
comment on column validation.waiting.failure is 'What it waits for, in words for its source system.';
comment on column validation.waiting.since is 'Since when.';
alter table validation.waiting enable row level security;
create policy waiting_tenant on validation.waiting using (tenant = base.tenant());
grant select, insert, delete on validation.waiting to r7_validation;
grant select on validation.waiting to r7_ingest;

alter table ingest.agreement add column refuse_unscanned boolean not null default false;
comment on column ingest.agreement.refuse_unscanned is 'A package with a file that was not scanned for viruses is refused, not only told of.';

reset role;
insert into base.migration (number, name) values (28, '0028-scanner.sql');
