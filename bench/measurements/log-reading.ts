import { ProjectionEngine, verifyDatabase, Writer, type EventStore } from '@arbiter/audit';
import { DataSources, openReadOnly } from '@arbiter/infra';
import { viewMigrations } from '@arbiter/migrations';
import { join } from 'node:path';
import { projections } from '../../apps/arbiter/src/arbiter';
import { viewEntities } from '../../apps/arbiter/src/storage';
import { openLog, temporaryDirectory } from '../fixtures/log-on-disk';
import { fill } from '../fixtures/session-history';
import type { Run } from '../plan';
import { rowOf, type Row } from '../row';
import { scoped, type Scope } from '../scope';
import { median } from '../statistics';

const REBUILD_TIMEOUT_MS = 120_000;

/** What is done with a whole log: verifying it, and folding every view from it. */
export const measureLogReading = (run: Run): Promise<Row[]> =>
  scoped(run.scope, async (scope) => {
    const { logEvents, repetitions } = run.plan;
    const directory = await temporaryDirectory(scope);
    const database = join(directory, 'log.db');
    run.progress(`a log of ${logEvents} events`);
    // Nothing is lost when this log is: it is made for reading only.
    const store = await openLog(scope, database, 'normal');
    await fill(store, logEvents);

    const verified: number[] = [];
    const rebuilt: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      run.progress('verification');
      verified.push(await verificationRate(scope, database));
      run.progress('rebuild of all views');
      rebuilt.push(await rebuildRate(scope, store, join(directory, `views-${repetition}.db`)));
    }
    return [
      rowOf('verify-chain', median(verified), 'events/s'),
      rowOf('rebuild-views', median(rebuilt), 'events/s'),
    ];
  });

const verificationRate = (outer: Scope, database: string): Promise<number> =>
  scoped(outer, async (scope) => {
    const source = await scope.own(openReadOnly(database), (opened) => opened.destroy());
    const startedMs = performance.now();
    const { events, finding } = await verifyDatabase(source);
    if (finding !== undefined) throw new Error(`At ${finding.position}: ${finding.problem}`);
    return rateOf(events, startedMs);
  });

/** From an empty database of views until every one of them includes the whole log. */
const rebuildRate = (outer: Scope, store: EventStore, database: string): Promise<number> =>
  scoped(outer, async (scope) => {
    const schema = { entities: viewEntities, migrations: viewMigrations };
    const views = await scope.own(DataSources.open(database, schema, 'normal'), (opened) =>
      opened.close(),
    );
    const engine = new ProjectionEngine(store, new Writer(views.writer), projections);
    await scope.own(Promise.resolve(engine), (started) => started.stop());
    const startedMs = performance.now();
    engine.start();
    const isDone = await engine.settled(REBUILD_TIMEOUT_MS);
    if (!isDone || engine.status().some(({ state }) => state !== 'running'))
      throw new Error(`The views were not rebuilt: ${JSON.stringify(engine.status())}`);
    return rateOf(store.position, startedMs);
  });

const rateOf = (events: number, startedMs: number): number =>
  (events / (performance.now() - startedMs)) * 1_000;
