import { ProjectionEngine, Writer, type EventContext, type EventStore } from '@arbiter/audit';
import { eventCatalogue, type DomainEvent, type Instant, type Json } from '@arbiter/domain';
import { DataSources, IN_MEMORY } from '@arbiter/infra';
import { viewMigrations } from '@arbiter/migrations';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projections } from '../../apps/arbiter/src/arbiter';
import { viewEntities } from '../../apps/arbiter/src/storage';
import { openMemoryStore } from '../support/event-stores';

const SETTLE_MS = 20_000;
const context: EventContext = { actor: { kind: 'admin', id: 'test' }, correlation: 'c' };
const idOf = (kind: number, n: number) =>
  `0000000${kind}-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Any event of the catalogue about one of few agents, sessions and calls, whether legal or not. */
const anyEvent = fc
  .record({
    schema: fc.constantFrom(...eventCatalogue.all()),
    agent: fc.nat(2),
    session: fc.nat(2),
    call: fc.nat(3),
    callsMade: fc.nat(9),
    second: fc.integer({ min: 10, max: 59 }),
  })
  .map(({ schema: { type, schema }, agent, session, call, callsMade, second }): DomainEvent => {
    const sample = readFileSync(join(__dirname, 'samples', `${type}.v${schema}.json`), 'utf8');
    const ids = { agentId: idOf(1, agent), sessionId: idOf(2, session), callId: idOf(3, call) };
    const varied = { ...(JSON.parse(sample) as Json), ...ids, callsMade };
    const at = `2026-01-01T10:00:${second}.000Z` as Instant;
    return eventCatalogue.decode(type, schema, varied, at);
  });

describe('projections', () => {
  let sources: DataSources;
  let store: EventStore;
  let engine: ProjectionEngine;

  const start = () => {
    engine = new ProjectionEngine(store, new Writer(sources.writer), projections);
    engine.start();
  };
  const settle = async () => {
    expect(await engine.settled(SETTLE_MS)).toBe(true);
    expect(engine.status().map(({ state, lag }) => `${state} ${lag}`)).toEqual(
      projections.map(() => 'running 0'),
    );
  };
  const rows = async () => {
    const contents: Record<string, unknown> = {};
    for (const { tableName, target } of sources.writer.entityMetadatas)
      contents[tableName] = await sources.writer.getRepository(target).find();
    return contents;
  };
  /** The order of rows that were replaced depends on the batches they came in. */
  const sorted = (contents: Record<string, unknown>) =>
    Object.entries(contents).map(([table, found]) => [
      table,
      (found as unknown[]).map((row) => JSON.stringify(row)).sort(),
    ]);

  beforeEach(async () => {
    sources = await DataSources.open(
      IN_MEMORY,
      { entities: viewEntities, migrations: viewMigrations },
      'normal',
    );
    ({ store } = await openMemoryStore());
    start();
  });
  afterEach(async () => {
    await engine.stop();
    await store.close();
    await sources.close();
  });

  const anyHistory = fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 8 }), {
    maxLength: 12,
  });

  it('are the same after a rebuild and over restarts, whatever has happened', async () => {
    let version = 0;
    await fc.assert(
      fc.asyncProperty(anyHistory, fc.nat(11), async (history, restartAt) => {
        for (const [index, events] of history.entries()) {
          await store.append('test/history', version, events, context);
          version += events.length;
          // Batch by batch, or whatever has come together meanwhile.
          if (index % 3 === 0) await settle();
          if (index === restartAt) {
            await engine.stop();
            start();
          }
        }
        await settle();
        const before = sorted(await rows());
        for (const { name } of projections) await engine.rebuild(name);
        await settle();
        expect(sorted(await rows())).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });

  it('fold one row for each key, so that the rows are there to be compared', async () => {
    for (const { type, schema } of eventCatalogue.all()) {
      const sample = readFileSync(join(__dirname, 'samples', `${type}.v${schema}.json`), 'utf8');
      const data = JSON.parse(sample) as Json;
      const event = eventCatalogue.decode(
        type,
        schema,
        data,
        '2026-01-01T10:00:00.000Z' as Instant,
      );
      await store.append(`test/${type}`, 0, [event], context);
    }
    await settle();
    const { agent_views: agents, session_views: sessions } = await rows();
    expect(agents).toHaveLength(1);
    expect(sessions).toHaveLength(1);
  });
});
