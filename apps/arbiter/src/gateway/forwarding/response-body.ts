import { Transform, type TransformCallback } from 'node:stream';
import { filterToolsListBody, type ToolVisibility } from '../mcp/tools-list-filter';
import { createToolsListTransform } from '../mcp/tools-list.transform';

/** The upstream sent more than is let through. */
export class ResponseTooLarge extends Error {}
/** The upstream said nothing for too long in the middle of its answer. */
export class ResponseStalled extends Error {}

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
      this.destroy(new ResponseStalled('the response stalled'));
    }, idleMs);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.idle.refresh();
    this.bytes += chunk.length;
    if (this.bytes > this.bytesMax) done(new ResponseTooLarge('the response is too large'));
    else done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.idle);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.idle);
    done(error);
  }
}

/** Takes tools out of an answer; null when the answer is passed on as it is. */
export const toolFilter = (
  contentType: string,
  visible: ToolVisibility | null,
  bytesMax: number,
): Transform | null => {
  if (visible === null) return null;
  if (contentType.startsWith('text/event-stream'))
    return createToolsListTransform({ visible, eventBytesMax: bytesMax });
  return contentType.includes('json') ? wholeBodyFilter(visible) : null;
};

/** One JSON text has to be there as a whole before anything can be left out of it. */
const wholeBodyFilter = (visible: ToolVisibility): Transform => {
  const chunks: Buffer[] = [];
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
    flush(done) {
      try {
        done(null, filterToolsListBody(Buffer.concat(chunks), visible));
      } catch (error) {
        done(error instanceof Error ? error : new Error('The answer cannot be filtered.'));
      }
    },
  });
};
