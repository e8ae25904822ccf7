type Dispose = () => Promise<void> | void;

/** What a run has started, so that it can all be ended: at the end, after a failure, on a signal. */
export class Scope {
  private disposals: Dispose[] = [];

  /** Given while it starts, because it may have to be ended before it has. */
  async own<T>(starting: Promise<T>, dispose: (started: T) => Promise<void> | void): Promise<T> {
    this.disposals.push(async () => {
      const started = await starting.catch(() => undefined);
      if (started !== undefined) await dispose(started);
    });
    return starting;
  }

  /** Ends everything, the newest first; one that cannot be ended does not keep the others alive. */
  async close(): Promise<void> {
    const disposals = this.disposals.reverse();
    this.disposals = [];
    for (const dispose of disposals) {
      try {
        await dispose();
      } catch (error) {
        process.stderr.write(`not ended: ${String(error)}\n`);
      }
    }
  }
}

/** Runs `work` with a scope of its own. */
export const scoped = async <T>(outer: Scope, work: (scope: Scope) => Promise<T>): Promise<T> => {
  const scope = new Scope();
  await outer.own(Promise.resolve(scope), (inner) => inner.close());
  try {
    return await work(scope);
  } finally {
    await scope.close();
  }
};
