import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Views, and what else can be made from the log again. */
const CREATED: readonly string[] = [
  `
  CREATE TABLE checkpoints (
    name     text    PRIMARY KEY NOT NULL,
    revision integer NOT NULL,
    position integer NOT NULL,
    hash     text    NOT NULL
  )`,
  `
  CREATE TABLE snapshots (
    stream   TEXT PRIMARY KEY NOT NULL,
    version  INTEGER NOT NULL,
    hash     TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state    TEXT NOT NULL
  ) STRICT`,
  `
  CREATE TABLE agent_views (
    agent_id     text    PRIMARY KEY NOT NULL,
    owner        text    NOT NULL,
    model        text    NOT NULL,
    capabilities text    NOT NULL,
    trust_level  text    NOT NULL,
    created_at   text    NOT NULL,
    expires_at   text,
    active       boolean NOT NULL
  )`,
  `
  CREATE TABLE session_views (
    session_id             text    PRIMARY KEY NOT NULL,
    agent_id               text    NOT NULL,
    declared_intent        text    NOT NULL,
    authorized_tools       text    NOT NULL,
    authorized_credentials text    NOT NULL,
    status                 text    NOT NULL,
    calls_made             integer NOT NULL,
    call_budget            integer NOT NULL,
    rate_limit             integer,
    sensitivity_ceiling    text    NOT NULL,
    time_limit_secs        integer NOT NULL,
    created_at             text    NOT NULL,
    expires_at             text    NOT NULL,
    ended_at               text,
    denied_attempts        integer NOT NULL
  )`,
  'CREATE INDEX session_views_deadline ON session_views (status, expires_at)',
  `
  CREATE TABLE session_slot_views (
    session_id text PRIMARY KEY NOT NULL,
    agent_id   text NOT NULL,
    state      text NOT NULL
  )`,
  `
  CREATE TABLE open_call_views (
    call_id       text PRIMARY KEY NOT NULL,
    session_id    text,
    authorized_at text NOT NULL
  )`,
];

const DROPPED: readonly string[] = [
  'open_call_views',
  'session_slot_views',
  'session_views',
  'agent_views',
  'snapshots',
  'checkpoints',
];

export class CreateViews1795219200000 implements MigrationInterface {
  async up(database: QueryRunner): Promise<void> {
    for (const statement of CREATED) await database.query(statement);
  }

  async down(database: QueryRunner): Promise<void> {
    for (const table of DROPPED) await database.query(`DROP TABLE ${table}`);
  }
}
