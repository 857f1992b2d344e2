-- A broker that is killed may hold again what it had removed. Which topic it is tells a message that was read from it.
set local role r7_owner;

alter table ingest.topic_place
  add column witness_at bigint check (witness_at >= 0),
  add column witness bytea check (length(witness) = 32),
  add constraint topic_place_witness_both check ((witness_at is null) = (witness is null));
comment on table ingest.topic_place is
  'What has been removed from a topic, because it is durable here. A topic that begins below it and does not hold the witness is another one of the same name.';
comment on column ingest.topic_place.witness_at is 'The offset of a message that was read here; null when none is known.';
comment on column ingest.topic_place.witness is 'What that message is told by: a digest of its CloudEvents id, its time and its length.';

reset role;
insert into base.migration (number, name) values (27, '0027-topic-witness.sql');
