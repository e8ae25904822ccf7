/** The same seed gives the same delays again (mulberry32), as far as timing can be repeated at all. */
export class SeededRandom {
  constructor(private state: number) {}

  /** From 0 up to but not including `max`, whole. */
  below(max: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * max);
  }
}
