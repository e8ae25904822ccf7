import type { LoadResult } from './load';

/** Takes one order from the parent, reports once, and ends when the parent lets go. */
export const generator = (work: (order: unknown) => Promise<LoadResult>): void => {
  process.once('disconnect', () => process.exit());
  process.once('message', (order) => {
    work(order).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
};
