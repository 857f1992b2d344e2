-- Receipts (temporary table receipt) that do not say what the catalogue says; a line for each.
select 'untrue receipt: ' || body::text from receipt r join ingest.delivery d on d.id = (body ->> 'delivery')::uuid
where (body ->> 'receipt' <> 'rejected' or d.rejected_at is not null) and (
    date_trunc('milliseconds', (body ->> 'at')::timestamptz) is distinct from date_trunc('milliseconds', case body ->> 'receipt'
        when 'received' then d.received_at when 'rejected' then d.rejected_at when 'accepted' then d.accepted_at
        when 'returned' then d.returned_at when 'archived' then d.stored_at when 'searchable' then d.indexed_at
        when 'awaiting_acceptance' then d.validated_at end)
    or (body ->> 'receipt' = 'searchable' and (body ->> 'records')::bigint is distinct from d.records)
    or (body ->> 'package')::uuid is distinct from d.package);
