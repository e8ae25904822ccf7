import type { StreamId } from '../chain/envelope';

interface UnderWay {
  count: number;
  readonly waiting: (() => void)[];
}

/** Which streams have appends whose outcome is not known yet. */
export class AppendsUnderWay {
  private readonly streams = new Map<StreamId, UnderWay>();

  begin(stream: StreamId): void {
    const underWay = this.streams.get(stream);
    if (underWay === undefined) this.streams.set(stream, { count: 1, waiting: [] });
    else underWay.count += 1;
  }

  end(stream: StreamId): void {
    const underWay = this.streams.get(stream);
    if (underWay === undefined) return;
    underWay.count -= 1;
    if (underWay.count > 0) return;
    this.streams.delete(stream);
    for (const resolve of underWay.waiting) resolve();
  }

  /** Resolves when the outcome of every append to the stream is known. */
  async none(stream: StreamId): Promise<void> {
    for (;;) {
      const underWay = this.streams.get(stream);
      if (underWay === undefined) return;
      await new Promise<void>((resolve) => underWay.waiting.push(resolve));
    }
  }
}
