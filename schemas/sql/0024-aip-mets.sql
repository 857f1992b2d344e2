-- What the METS of the AIP is made of, beside what is known already.
set local role r7_owner;

alter table validation.work add column stated jsonb;
comment on column validation.work.stated is 'What the root METS says that the content is (mets/@TYPE and its kind, CSIP2 to CSIP5); null where it was judged before this was kept.';
comment on column validation.work.container is 'What it came in; null where it is none that is read, and where it was judged at once before this was kept.';

alter table preservation.sealed
  drop constraint sealed_what_check,
  add constraint sealed_what_check check (what in ('mets', 'premis', 'catalogue'));
comment on column preservation.sealed.what is 'mets, premis or catalogue.';
comment on column preservation.segment.what is 'bytes; of the AIP part mets, premis, catalogue, entries or report.';

reset role;
insert into base.migration (number, name) values (24, '0024-aip-mets.sql');
