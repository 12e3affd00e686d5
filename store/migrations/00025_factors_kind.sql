-- Which second factor somebody has, where it was only noted that they have one: 1 is an app, 2 a passkey.

-- +goose Up
update memberships set second_factor = 2 where second_factor = 1 and user_id in (select id from users where passkeys > 0);

-- +goose Down
update memberships set second_factor = 1 where second_factor = 2;
