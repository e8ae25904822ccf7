import type { EventStore } from '../store/event-store';
import type { Writer } from '../store/sqlite/writer';
import type { Projection } from './projection';
import { ProjectionRunner, type ProjectionStatus } from './projection-runner';

/** All views of a process. Each goes its own pace: one that fails holds up no other. */
export class ProjectionEngine {
  private readonly runners: ReadonlyMap<string, ProjectionRunner>;

  constructor(
    private readonly store: EventStore,
    writer: Writer,
    projections: readonly Projection[],
  ) {
    this.runners = new Map(
      projections.map((projection) => [
        projection.name,
        new ProjectionRunner(projection, store, writer),
      ]),
    );
  }

  start(): void {
    for (const runner of this.runners.values()) runner.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  status(): readonly ProjectionStatus[] {
    return [...this.runners.values()].map((runner) => runner.status());
  }

  /** False when there is no projection of that name. */
  async rebuild(name: string): Promise<boolean> {
    const runner = this.runners.get(name);
    await runner?.rebuild();
    return runner !== undefined;
  }

  /**
   * Waits until every view that has not stopped includes `position`, so that a client reads what it wrote. False when
   * that took longer than `timeoutMs`: the write stands all the same, the views are behind.
   */
  async reached(position: number, timeoutMs: number): Promise<boolean> {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      abort.abort();
    }, timeoutMs);
    const waiting = [...this.runners.values()].map((runner) =>
      runner.reached(position, abort.signal),
    );
    try {
      return (await Promise.all(waiting)).every(Boolean);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until every view includes everything that is durable now. */
  settled(timeoutMs: number): Promise<boolean> {
    return this.reached(this.store.position, timeoutMs);
  }
}
