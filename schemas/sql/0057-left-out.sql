-- What a patient has left out of a block is left out for our own readers too.
set local role r7_owner;

comment on column access.block.excluded is 'Kinds of information that the patient has left out of it, as RIV-TA names them: lak (prescribed medicines), upp (alerts). No record is surely lak, so that is only told to those who ask about blocks.';

reset role;
insert into base.migration (number, name) values (57, '0057-left-out.sql');
