-- Orders that need no login. What identifies who has ordered is in form alone, which is overwritten with NULL some time after the end.
-- The state is that of SQLite's version 24.
CREATE TABLE eonay.goods_order (
  reference  text COLLATE "C" PRIMARY KEY CHECK (reference <> ''),
  version    bigint NOT NULL CHECK (version >= 1),
  kind       text NOT NULL,
  state      text COLLATE "C" NOT NULL,
  form       text,     -- JSON, its fields in order
  fee        bigint NOT NULL CHECK (fee >= 0),
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL
);
CREATE INDEX goods_order_state ON eonay.goods_order (state, changed_at, reference);
CREATE INDEX goods_order_erasable ON eonay.goods_order (changed_at) WHERE state IN ('sent', 'opened', 'cancelled') AND form IS NOT NULL;

-- Each change of an order; who is NULL for who has ordered.
CREATE TABLE eonay.goods_order_change (
  reference text COLLATE "C" NOT NULL REFERENCES eonay.goods_order (reference),
  version   bigint NOT NULL,
  event     text NOT NULL,
  who       text,
  at        bigint NOT NULL,
  note      text NOT NULL,
  to_state  text NOT NULL,
  PRIMARY KEY (reference, version)
);
CREATE TRIGGER goods_order_change_kept BEFORE UPDATE OR DELETE ON eonay.goods_order_change FOR EACH ROW EXECUTE FUNCTION eonay.keep('changes of orders are kept as they are');
CREATE TRIGGER goods_order_change_not_emptied BEFORE TRUNCATE ON eonay.goods_order_change FOR EACH STATEMENT EXECUTE FUNCTION eonay.keep('changes of orders are kept as they are');
