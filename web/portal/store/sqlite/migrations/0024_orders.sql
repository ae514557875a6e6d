-- Orders that need no login. What identifies who has ordered is in form alone, which is overwritten with NULL some time after the end.
CREATE TABLE goods_order (
  reference  TEXT    PRIMARY KEY CHECK (reference <> ''),
  version    INTEGER NOT NULL CHECK (version >= 1),
  kind       TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  form       TEXT,     -- JSON, its fields in order
  fee        INTEGER NOT NULL CHECK (fee >= 0),
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX goods_order_state ON goods_order (state, changed_at, reference);
CREATE INDEX goods_order_erasable ON goods_order (changed_at) WHERE state IN ('sent', 'opened', 'cancelled') AND form IS NOT NULL;

-- Each change of an order; who is NULL for who has ordered.
CREATE TABLE goods_order_change (
  reference TEXT    NOT NULL REFERENCES goods_order (reference),
  version   INTEGER NOT NULL,
  event     TEXT    NOT NULL,
  who       TEXT,
  at        INTEGER NOT NULL,
  note      TEXT    NOT NULL,
  to_state  TEXT    NOT NULL,
  PRIMARY KEY (reference, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER goods_order_change_kept_1 BEFORE UPDATE ON goods_order_change BEGIN SELECT RAISE(ABORT, 'changes of orders are kept as they are'); END;
CREATE TRIGGER goods_order_change_kept_2 BEFORE DELETE ON goods_order_change BEGIN SELECT RAISE(ABORT, 'changes of orders are kept as they are'); END;
CREATE TRIGGER goods_order_change_kept_3 BEFORE INSERT ON goods_order_change
WHEN NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM goods_order_change WHERE reference = NEW.reference)
BEGIN SELECT RAISE(ABORT, 'changes of orders are kept as they are'); END;
