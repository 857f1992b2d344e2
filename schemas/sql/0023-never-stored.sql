-- A delivery that was never stored is discarded too: the keys of what preservation sealed for it go with the others.
set local role r7_owner;

grant select (delivery, key) on preservation.sealed to r7_keys;

reset role;
insert into base.migration (number, name) values (23, '0023-never-stored.sql');
