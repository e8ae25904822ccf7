import { setTimeout } from 'node:timers/promises';
import type { SeededRandom } from './seeded-random';

const DELAY_MAX_MS = 800;
const COUNT_MAX = 150;

type Occasion = 'received' | 'answered';

/**
 * When to kill: after a while, or at once when the upstream has received, or a client was answered,
 * so and so many times. At those two moments what was promised has to be on disk already; a delay
 * finds everything else.
 */
export class KillMoment {
  private readonly occasion: Occasion | undefined;
  private left: number;

  constructor(
    random: SeededRandom,
    /** Kills before it returns: a moment later may be too late to find anything. */
    private readonly strike: () => void,
  ) {
    this.occasion = (['received', 'answered', undefined] as const)[random.below(3)];
    this.left = 1 + random.below(this.occasion === undefined ? DELAY_MAX_MS : COUNT_MAX);
    this.description =
      this.occasion === undefined
        ? `after ${this.left} ms`
        : `when ${this.left} were ${this.occasion}`;
    if (this.occasion === undefined) void setTimeout(this.left).then(strike);
  }

  readonly description: string;

  seen(occasion: Occasion): void {
    if (occasion !== this.occasion) return;
    this.left -= 1;
    if (this.left === 0) this.strike();
  }
}
