-- What a national service reads for, and from when patients may read through it.
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

reset role;
insert into base.migration (number, name) values (17, '0017-purpose.sql');
