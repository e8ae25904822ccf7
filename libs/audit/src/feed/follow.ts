import type { EventStore, RecordedEvent } from '../store/event-store';

export interface FollowOptions {
  /** Events a batch at most. */
  readonly batchMax: number;
  /** Ends the subscription, also while it waits. */
  readonly signal: AbortSignal;
}

/**
 * A catch-up subscription: the log from a checkpoint, in order, first what is there and then what
 * is committed. Each event comes once; whoever stops asking loses nothing and blocks nobody.
 */
export async function* follow(
  store: EventStore,
  after: number,
  { batchMax, signal }: FollowOptions,
): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
  let position = after;
  while (!signal.aborted) {
    if (store.position <= position) {
      await commitOrAbort(store, position, signal);
      continue;
    }
    const batch = await store.readAfter(position, batchMax);
    const last = batch.at(-1);
    if (last === undefined) continue;
    position = last.link.position;
    yield batch;
  }
}

const commitOrAbort = (store: EventStore, position: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = store.onCommit(() => {
      if (store.position > position) done();
    });
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
