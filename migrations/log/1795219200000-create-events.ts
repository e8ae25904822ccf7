import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateEvents1795219200000 implements MigrationInterface {
  async up(database: QueryRunner): Promise<void> {
    await database.query(`
      CREATE TABLE events (
        position    INTEGER PRIMARY KEY,
        stream      TEXT    NOT NULL,
        version     INTEGER NOT NULL,
        id          TEXT    NOT NULL,
        type        TEXT    NOT NULL,
        schema      INTEGER NOT NULL,
        at          TEXT    NOT NULL,
        actor_kind  TEXT    NOT NULL,
        actor_id    TEXT    NOT NULL,
        tenant      TEXT,
        correlation TEXT    NOT NULL,
        causation   TEXT,
        data_digest TEXT    NOT NULL,
        prev        TEXT    NOT NULL,
        hash        TEXT    NOT NULL,
        UNIQUE (stream, version)
      ) STRICT`);
    await database.query(`
      CREATE TABLE event_payloads (
        position INTEGER PRIMARY KEY REFERENCES events (position),
        salt     TEXT NOT NULL,
        data     TEXT NOT NULL
      ) STRICT`);
    await guard(database);
    await completeLog(database);
  }

  /** There is no way back from a log. */
  down(): Promise<void> {
    return Promise.reject(new Error('The event log is never dropped.'));
  }
}

/** Whoever wants to change the past has to take these away first, and the chain shows what he did. */
const guard = async (database: QueryRunner): Promise<void> => {
  // REPLACE deletes without firing a DELETE trigger; only a row at the end cannot replace one.
  await database.query(`
      CREATE TRIGGER events_only_grow BEFORE INSERT ON events
      WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM events)
        OR NEW.version <> (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
      BEGIN SELECT RAISE(ABORT, 'events only grow, without gaps'); END`);
  await database.query(`
      CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
      BEGIN SELECT RAISE(ABORT, 'events are never changed'); END`);
  await database.query(`
      CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
      BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END`);
  await database.query(`
      CREATE TRIGGER payloads_are_not_changed BEFORE UPDATE ON event_payloads
      BEGIN SELECT RAISE(ABORT, 'payloads are never changed'); END`);
  await database.query(`
      CREATE TABLE erasures (position INTEGER PRIMARY KEY REFERENCES events (position)) STRICT`);
  await database.query(`
      CREATE TRIGGER payloads_are_erased_on_record BEFORE DELETE ON event_payloads
      WHEN OLD.position NOT IN (SELECT position FROM erasures)
      BEGIN SELECT RAISE(ABORT, 'payloads are erased by the record of it only'); END`);
  // As with events, REPLACE would delete without asking; and what was erased stays away.
  await database.query(`
      CREATE TRIGGER payloads_come_once BEFORE INSERT ON event_payloads
      WHEN EXISTS (SELECT 1 FROM event_payloads WHERE position = NEW.position)
        OR EXISTS (SELECT 1 FROM erasures WHERE position = NEW.position)
      BEGIN SELECT RAISE(ABORT, 'an event has one payload, once'); END`);
};

const completeLog = async (database: QueryRunner): Promise<void> => {
  // Where the log ends, kept apart from it: events that are cut off the end leave a trace.
  await database.query(`
      CREATE TABLE log_head (
        only     INTEGER PRIMARY KEY CHECK (only = 1),
        position INTEGER NOT NULL,
        hash     TEXT    NOT NULL
      ) STRICT`);
  await database.query(`
      CREATE TRIGGER log_head_moves AFTER INSERT ON events
      BEGIN INSERT OR REPLACE INTO log_head VALUES (1, NEW.position, NEW.hash); END`);

  // What a failing store writes to find out whether it can write again.
  await database.query('CREATE TABLE probes (filler BLOB NOT NULL) STRICT');

  await database.query(`
      CREATE VIEW event_log AS
      SELECT events.*, salt, data FROM events LEFT JOIN event_payloads USING (position)`);
  // Lets one statement fill both tables.
  await database.query(`
      CREATE TRIGGER event_log_append INSTEAD OF INSERT ON event_log BEGIN
        INSERT INTO events VALUES (
          NEW.position, NEW.stream, NEW.version, NEW.id, NEW.type, NEW.schema, NEW.at,
          NEW.actor_kind, NEW.actor_id, NEW.tenant, NEW.correlation, NEW.causation,
          NEW.data_digest, NEW.prev, NEW.hash);
        INSERT INTO event_payloads VALUES (NEW.position, NEW.salt, NEW.data);
      END`);
};
