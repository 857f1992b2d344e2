-- What a national service reads for, and from when patients may read through it; from when a user's tokens are good.
set local role r7_owner;

alter table access.principal add column purpose text check (purpose in ('care', 'patient'));
update access.principal set purpose = 'care' where kind = 'national_service';
alter table access.principal add check ((kind = 'national_service') = (purpose is not null));
comment on column access.principal.purpose is
  'What a national service reads for: care (NPÖ) or the patient''s own reading (1177). It never changes, like all that a certificate is.';

alter table gateway.consumer_policy add column approved_for_patient_from timestamptz
  check (approved_for_patient_from >= valid_from);
comment on column gateway.consumer_policy.approved_for_patient_from is
  'From when patients may read through a service that is for them; null: they may not.';

alter table access."user" add column tokens_from timestamptz not null default '-infinity';
comment on column access."user".tokens_from is
  'A token made before this is refused by every room: the password was changed, or an administrator signed the user out. In whole seconds, as tokens are.';
grant select (tokens_from) on access."user" to r7_ingest, r7_preservation, r7_search, r7_gateway, r7_indexing;

reset role;
insert into base.migration (number, name) values (17, '0017-access.sql');
