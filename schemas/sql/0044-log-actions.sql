-- One vocabulary of what the log tells (permission_words.def): an answer to a national service, or to a care system, is named as such.
set local role r7_owner;

alter table access.disclosure drop constraint disclosure_action_check, add constraint disclosure_action_check check (action in
  ('searched', 'listed', 'read', 'printed', 'exported', 'opened_other_units', 'opened_restricted_link', 'emergency', 'explained',
  'answered_national_service', 'answered_care_system'));
comment on column access.disclosure.action is 'What was done: ACTION or LOGGED of permission_words.def.';
comment on column access.disclosure.trace is 'The W3C trace id, as in the rooms'' logs: the caller''s, or one that began with the request.';

reset role;
insert into base.migration (number, name) values (44, '0044-log-actions.sql');
