-- Room gateway places records by the register of units, as room search does.
set local role r7_owner;

grant select on access.unit_code to r7_gateway;

reset role;
insert into base.migration (number, name) values (40, '0040-gateway-units.sql');
