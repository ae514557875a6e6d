-- Written by Ping, to see whether the disk still takes what an act needs.
CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), data BLOB NOT NULL) STRICT;
