-- Messages that were given up are listed with the jobs that were.
CREATE INDEX outbox_given_up ON eonay.outbox (ended_at, kind) WHERE ended_at IS NOT NULL AND sent = 0;
