const INTERVAL_MS = 200;
const ERASE_LINE = '\r\u001b[K';

export interface ProgressLine {
  readonly show: (count: number) => void;
  readonly clear: () => void;
}

/** A count that rewrites itself on stderr; silent unless somebody sits in front of it. */
export const progressLine = (unit: string): ProgressLine => {
  let shownAtMs = performance.now();
  let isShown = false;
  return {
    show: (count) => {
      const nowMs = performance.now();
      if (!process.stderr.isTTY || nowMs - shownAtMs < INTERVAL_MS) return;
      shownAtMs = nowMs;
      isShown = true;
      process.stderr.write(`${ERASE_LINE}${count} ${unit}`);
    },
    clear: () => {
      if (isShown) process.stderr.write(ERASE_LINE);
    },
  };
};
