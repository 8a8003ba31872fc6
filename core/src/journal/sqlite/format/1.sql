-- This copy of the app on this device: one row.
CREATE TABLE installation (
    id TEXT NOT NULL,
    copied_from TEXT,
    -- What the app said of the device, where it did.
    device TEXT,
    -- Whether a file that no backup takes says the same id.
    marked INTEGER NOT NULL,
    -- How many leases were ever given.
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

-- A free one has no holder, and is kept for its heartbeat.
CREATE TABLE lease (
    scope INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    holder TEXT,
    heartbeat TEXT NOT NULL,
    -- Since when a heartbeat that is ahead of the clock is waited for.
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
    -- Null where nothing may have been sent beyond the cursor.
    sent_pass INTEGER,
    sent_cursor TEXT,
    history TEXT,
    counters TEXT NOT NULL
);

-- What each run's plan does. It is long, and the run is written at each step.
CREATE TABLE outline (
    scope INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);

-- Small texts under names; without an owner they are everybody's.
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

-- What the addresses of several documents begin with, up to their last segment.
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
    -- Where there is one, the address is what follows it.
    parent INTEGER,
    address TEXT NOT NULL,
    -- A hash of the address, by which it is found; indexed once somebody asks so.
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    version TEXT,
    ours INTEGER NOT NULL,
    -- The reading in which the record was met last.
    seen INTEGER NOT NULL
);
CREATE UNIQUE INDEX ledger_source ON ledger (scope, entity, key, slot);

-- Half of each place that one step gave to a row: what is in none of these is in no row either.
CREATE TABLE place (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    -- Four bytes each, the lowest first.
    halves BLOB NOT NULL
);

CREATE TABLE reading (
    scope INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (scope, entity)
) WITHOUT ROWID;

-- What records have for themselves alone, as one step said it; of rows that speak of one mark the last counts.
CREATE TABLE mark (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    entity INTEGER NOT NULL,
    -- Eight bytes each, the lowest first, in the order of the numbers that they are.
    marks BLOB NOT NULL,
    -- The key of the record that has each.
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

-- The documents of what is set aside that the target refused, apart from it: they may be large.
CREATE TABLE refused (
    id INTEGER PRIMARY KEY,
    quarantine INTEGER NOT NULL,
    address TEXT NOT NULL,
    document BLOB NOT NULL
);
CREATE INDEX refused_of ON refused (quarantine);
