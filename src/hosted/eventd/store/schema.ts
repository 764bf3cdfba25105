/**
 * The tables of eventd's database. A row of `burst` holds the lines of one stream that came together, so that neither a line nor a word
 * costs a row; rows of `burst`, `event` and `gap` share one sequence, the order of arrival, which is also that of ids within a boot.
 */

export const storeVersion = 1;

/** application_id of our files. */
export const storeApplication = 0x50657674;

/** Before the first table: pages that can be given back, and of a size at which a burst has few of them. */
export const layoutSql = 'PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL';

export const schemaSql = `
CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- Tells this database from those before it.
  generation TEXT NOT NULL,
  -- The sequence that comes next.
  next INTEGER NOT NULL,
  -- What comes before it in the sequence is deleted, or about to be.
  floor INTEGER NOT NULL
) STRICT;
CREATE TABLE boot (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  started_at TEXT NOT NULL,
  -- Highest ids that are stored or known to be missing: what comes again up to them is a duplicate.
  log_id INTEGER NOT NULL,
  event_id INTEGER NOT NULL,
  -- Its part of the sequence.
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  -- Of what arrived last, in nanoseconds since the epoch; null: nothing did.
  last_time INTEGER,
  -- What is stored of it.
  lines INTEGER NOT NULL,
  events INTEGER NOT NULL
) STRICT;
CREATE TABLE service (
  number INTEGER PRIMARY KEY,
  -- Lower case; empty: ad-hoc jobs.
  folded TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL
) STRICT;
-- One stream of one process.
CREATE TABLE source (
  number INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  origin TEXT NOT NULL,
  is_error INTEGER NOT NULL,
  boot INTEGER NOT NULL,
  service INTEGER NOT NULL,
  UNIQUE (job, origin, is_error, boot)
) STRICT;
CREATE TABLE burst (
  seq INTEGER PRIMARY KEY,
  -- Twice the service, and one more for stderr.
  channel INTEGER NOT NULL,
  source INTEGER NOT NULL,
  first_id INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  -- Of the first line, in nanoseconds since the epoch.
  time INTEGER NOT NULL,
  -- JSON: how many lines, how many nanoseconds after that, and so on; null: all at that time.
  runs TEXT,
  -- JSON: for each line null or base64 of its bytes; null: all texts are exact.
  raw TEXT,
  -- A line has a zero character, at which LIKE would stop.
  has_zero INTEGER NOT NULL,
  -- Lines with a line feed between them, UTF-8.
  text BLOB NOT NULL
) STRICT;
CREATE INDEX burst_by_channel ON burst (channel);
CREATE INDEX burst_by_source ON burst (source);
CREATE TABLE event_name (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  boot INTEGER NOT NULL,
  -- 0: eventd's own.
  id INTEGER NOT NULL,
  time INTEGER NOT NULL,
  name INTEGER NOT NULL,
  -- Null: info, as nearly all are.
  severity TEXT,
  service INTEGER,
  job TEXT,
  operation TEXT,
  cause TEXT,
  payload BLOB NOT NULL
) STRICT;
CREATE INDEX event_by_name ON event (name);
CREATE INDEX event_by_severity ON event (severity) WHERE severity IS NOT NULL;
CREATE INDEX event_by_service ON event (service) WHERE service IS NOT NULL;
CREATE INDEX event_by_job ON event (job) WHERE job IS NOT NULL;
CREATE INDEX event_by_operation ON event (operation) WHERE operation IS NOT NULL;
CREATE INDEX event_by_cause ON event (cause) WHERE cause IS NOT NULL;
CREATE TABLE gap (
  seq INTEGER PRIMARY KEY,
  boot INTEGER NOT NULL,
  is_event INTEGER NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL
) STRICT;
-- Where in the sequence a minute of the wall clock is: that may step back, so minutes may overlap.
CREATE TABLE minute (
  minute INTEGER PRIMARY KEY,
  first INTEGER NOT NULL,
  -- Null: not over.
  last INTEGER
) STRICT;
`;
