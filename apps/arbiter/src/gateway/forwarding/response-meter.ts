import { Transform, type TransformCallback } from 'node:stream';
import { ResponseStalled, ResponseTooLarge } from './forwarded';

/** Counts what passes, and ends a body that is too large or stands still. */
export class ResponseMeter extends Transform {
  bytes = 0;
  private readonly idle: NodeJS.Timeout;

  constructor(
    private readonly bytesMax: number,
    idleMs: number,
  ) {
    super();
    this.idle = setTimeout(() => {
      this.destroy(new ResponseStalled());
    }, idleMs);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.idle.refresh();
    this.bytes += chunk.length;
    if (this.bytes > this.bytesMax) done(new ResponseTooLarge());
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle);
    done(error);
  }
}
