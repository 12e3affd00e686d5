-- Messages that were sent or given up are found by their age, to be let go of.

-- +goose Up
create index deliveries_settled on deliveries (created_at, id) where sent_at > 0 or failed_at > 0;

-- +goose Down
select 1;
