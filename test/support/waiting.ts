const POLL_MS = 10;
const EVENTUALLY_MS = 10_000;

/** Bounds a wait: what does not come is a failure that says what was missed. */
export const within = async <T>(
  timeoutMs: number,
  work: Promise<T>,
  problem: string,
): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${problem} within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
};

/** For what another process does in its own time and tells nobody about: asks until it is so. */
export const eventually = async <T>(
  problem: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = EVENTUALLY_MS,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${problem} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
};

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

/** A promise that a callback settles. */
export const deferred = <T>(): Deferred<T> => {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return {
    promise,
    resolve: (value) => {
      settle?.(value);
    },
  };
};
