-- Consents that a patient gave elsewhere: whether a region asks the service that keeps them, and what it answered.
set local role r7_owner;

create table access.consent_service (
  tenant smallint primary key,
  asked boolean not null,
  logical_address text not null check (logical_address <> ''),
  valid_minutes int not null check (valid_minutes between 1 and 1440),
  decided_by text not null check (decided_by <> ''),
  failed_at timestamptz
);
comment on table access.consent_service is 'Regions'' decisions on the service that keeps consents (Samtyckestjänsten): one row for each that has decided.';
comment on column access.consent_service.tenant is 'The region.';
comment on column access.consent_service.asked is 'The service is asked.';
comment on column access.consent_service.logical_address is 'At which logical address.';
comment on column access.consent_service.valid_minutes is 'How long its yes counts here: what is taken back there ends here by then.';
comment on column access.consent_service.decided_by is 'Who decided.';
comment on column access.consent_service.failed_at is 'When it last gave no answer; no fact, only that nobody waits for it at once again.';
alter table access.consent_service enable row level security;
create policy consent_service_tenant on access.consent_service using (tenant = base.tenant());
grant select, insert, update on access.consent_service to r7_access;

-- What the service says it says of one member of staff at one unit.
alter table access.consent
  add column source text not null default 'local' check (source in ('local', 'consent_service')),
  add column for_unit text check (for_unit <> ''),
  add column for_user uuid,
  add check (case source when 'local' then for_unit is null and for_user is null
    else for_unit is not null and for_user is not null and valid_until is not null end);
comment on column access.consent.source is 'local: recorded here by who cares for the patient; consent_service: by the word of the service that keeps it.';
comment on column access.consent.for_unit is 'For this PDL care unit alone; null: for all of the care provider.';
comment on column access.consent.for_user is 'For this user alone; null: for all.';

reset role;
insert into base.migration (number, name) values (51, '0051-consent-service.sql');
