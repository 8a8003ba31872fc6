-- A journal as the first format has it. It is never changed.
PRAGMA application_id = 1382575461;
PRAGMA user_version = 1;

CREATE TABLE installation (
    id TEXT NOT NULL,
    copied_from TEXT,
    device TEXT,
    marked INTEGER NOT NULL,
    epochs INTEGER NOT NULL
);

CREATE TABLE store (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    plan TEXT NOT NULL,
    owner TEXT,
    shard INTEGER NOT NULL
);
CREATE INDEX scope_named ON scope (plan, owner, shard);
CREATE TABLE lease (
    scope INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    holder TEXT,
    heartbeat TEXT NOT NULL,
    doubted TEXT
);

CREATE TABLE run (
    scope INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    store TEXT NOT NULL,
    target TEXT NOT NULL,
    generation INTEGER NOT NULL,
    status TEXT NOT NULL,
    paused TEXT,
    started TEXT NOT NULL,
    finished TEXT,
    pass INTEGER NOT NULL,
    cursor TEXT,
    sent_pass INTEGER,
    sent_cursor TEXT,
    history TEXT,
    counters TEXT NOT NULL
);

CREATE TABLE outline (
    scope INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE TABLE memo (
    name TEXT NOT NULL,
    owner TEXT,
    text TEXT NOT NULL
);
CREATE INDEX memo_named ON memo (name, owner);

CREATE TABLE entity (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE parent (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    path TEXT NOT NULL,
    UNIQUE (scope, path)
);

CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    key NOT NULL,
    slot INTEGER NOT NULL,
    parent INTEGER,
    address TEXT NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    version TEXT,
    ours INTEGER NOT NULL,
    seen INTEGER NOT NULL
);
CREATE UNIQUE INDEX ledger_source ON ledger (scope, entity, key, slot);

CREATE TABLE place (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    halves BLOB NOT NULL
);

CREATE TABLE reading (
    scope INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (scope, entity)
) WITHOUT ROWID;

CREATE TABLE mark (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    marks BLOB NOT NULL,
    keys BLOB NOT NULL
);

CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    scope INTEGER NOT NULL,
    entity TEXT NOT NULL,
    key NOT NULL,
    field TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE UNIQUE INDEX quarantine_source ON quarantine (scope, entity, key);

CREATE TABLE refused (
    id INTEGER PRIMARY KEY,
    quarantine INTEGER NOT NULL,
    address TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE INDEX refused_of ON refused (quarantine);

INSERT INTO installation VALUES ('0123456789abcdef0123456789abcdef', NULL, 'phone', 0, 4);
INSERT INTO store VALUES ('default.store', 'ann');
INSERT INTO scope VALUES (1, 'habits', 'ann', 0);
INSERT INTO lease VALUES (1, 4, NULL, '1700000009.000000000', NULL);
INSERT INTO run VALUES (1, X'0707070707070707070707070707070707070707070707070707070707070707', 'default.store', 'projects/habits/databases/(default)', 2, 'running', NULL, '1700000000.123456789', NULL, 1, 'c7', 1, 'c9',
    'h3', '{"read":3,"carried":2,"quarantined":1}');
INSERT INTO outline VALUES (1, '> Habit to users/{uid}/habits/{id}
field title 01234567
');
INSERT INTO memo VALUES ('flags', 'ann', 'hers'), ('flags', NULL, 'everybody''s');
INSERT INTO entity VALUES (1, 'Habit');
INSERT INTO parent VALUES (4, 1, 'users/ann/streaks');
INSERT INTO ledger VALUES (1, 1, 1, 7, 0, NULL, 'users/ann/habits/7', 6033636723214065501, X'0707070707070707070707070707070707070707070707070707070707070707', '1700000000.5', 1, 1);
INSERT INTO ledger VALUES (2, 1, 1, X'03020103616e6e000700000000000000', 1, 4, 'a', -3240682916027363945,
    X'0707070707070707070707070707070707070707070707070707070707070707', NULL, 0, 0);
INSERT INTO reading VALUES (1, 1, 1);
INSERT INTO place VALUES (1, 1, X'a1c8bb530ec806d3');
INSERT INTO mark VALUES (1, 1, 1, X'fbffffffffffffff0500000000000000', X'00070000000000000003020103616e6e000700000000000000');
INSERT INTO quarantine VALUES (3, 1, 'Habit', 'k', 'title', 'refused', 'the target does not take it',
    '1700000003.000000000');
INSERT INTO refused VALUES (1, 3, 'users/ann/habits/k', X'020467616d65040000000000000080057469746c65070452656164');
