-- Blocks say which kinds of information they leave out, and care systems of the region may ask about blocks and consents.
set local role r7_owner;

alter table access.block add column excluded text[] not null default '{}' check (excluded <@ array['lak', 'upp']);
comment on column access.block.excluded is 'Kinds of information that the patient has left out of it, as RIV-TA names them: lak (prescribed medicines), upp (alerts). Told to those who ask about blocks; our own reading leaves nothing out.';

alter table access.principal drop constraint principal_kind_check;
alter table access.principal add constraint principal_kind_check check (kind in ('system', 'national_service', 'provisioner', 'care_system'));
alter table access.principal drop constraint principal_check;
alter table access.principal add constraint principal_check check ((kind in ('system', 'provisioner', 'care_system')) = (tenant is not null));
comment on column access.principal.kind is 'system, national_service, provisioner, or care_system: one that asks about blocks and consents.';

reset role;
insert into base.migration (number, name) values (36, '0036-blocks.sql');
