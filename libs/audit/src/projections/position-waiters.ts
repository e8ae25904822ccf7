interface Waiter {
  readonly position: number;
  readonly resolve: (reached: boolean) => void;
}

/** Those who wait until a view includes a position. */
export class PositionWaiters {
  private readonly waiters = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.waiters.size === 0;
  }

  /** True when `position` was reached, or nothing more is to be waited for; false when aborted. */
  wait(position: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const onAbort = (): void => {
        waiter.resolve(false);
      };
      const waiter: Waiter = {
        position,
        resolve: (reached) => {
          this.waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
          resolve(reached);
        },
      };
      this.waiters.add(waiter);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  release(position: number): void {
    for (const waiter of this.waiters) if (waiter.position <= position) waiter.resolve(true);
  }
}
