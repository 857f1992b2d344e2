-- That a service which keeps blocks or consents was asked about a patient is a row of the log, of an action of its own.
set local role r7_owner;

alter table access.disclosure drop constraint disclosure_action_check, add constraint disclosure_action_check check (action in
  ('searched', 'listed', 'read', 'printed', 'exported', 'opened_other_units', 'opened_restricted_link', 'emergency', 'explained',
  'answered_national_service', 'answered_care_system', 'asked_national_service'));

reset role;
insert into base.migration (number, name) values (60, '0060-asked-services.sql');
