import { eventTooLarge } from './mcp-answer.errors';

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/**
 * Cuts the bytes of an event stream where an event ends, and after comments that stand between
 * events, so that neither waits for what comes next. Joined, the segments are the stream; what the
 * fields mean is left to the parser.
 */
export class SseSegmenter {
  private readonly pending: PendingBytes;
  /** Bytes of the unfinished line that earlier chunks brought. */
  private openLineBytes = 0;
  private endedWithCr = false;

  constructor(segmentBytesMax: number) {
    this.pending = new PendingBytes(segmentBytesMax);
  }

  /** Throws `eventTooLarge`. To be iterated to its end before the next call. */
  *feed(chunk: Buffer): Generator<Buffer, void, undefined> {
    let line = this.startsWithSplitLf(chunk) ? 1 : 0;
    let segment = 0;
    if (line === 1 && this.pending.isEmpty()) {
      // The event went out with its CR; clients wait for this LF before they believe it.
      yield chunk.subarray(0, 1);
      segment = 1;
    }
    for (let end = lineEnd(chunk, line); end !== -1; end = lineEnd(chunk, line)) {
      const next = afterLineEnd(chunk, end);
      const isBlank = end === line && this.openLineBytes === 0;
      if (isBlank || this.isComment(chunk, segment)) {
        yield this.pending.takeWith(chunk.subarray(segment, next));
        segment = next;
      }
      line = next;
      this.openLineBytes = 0;
    }
    this.keep(chunk, segment, line);
  }

  /** The event that the stream ended in the middle of; empty when there is none. */
  rest(): Buffer {
    return this.pending.takeWith(Buffer.alloc(0));
  }

  private startsWithSplitLf(chunk: Buffer): boolean {
    return this.endedWithCr && chunk[0] === LF;
  }

  private isComment(chunk: Buffer, segment: number): boolean {
    return (this.pending.first() ?? chunk[segment]) === COLON;
  }

  private keep(chunk: Buffer, segment: number, line: number): void {
    this.openLineBytes += chunk.length - line;
    if (chunk.length > 0) this.endedWithCr = chunk.at(-1) === CR;
    this.pending.add(chunk.subarray(segment));
  }
}

const lineEnd = (chunk: Buffer, from: number): number => {
  for (let at = from; at < chunk.length; at += 1) {
    if (chunk[at] === LF || chunk[at] === CR) return at;
  }
  return -1;
};

const afterLineEnd = (chunk: Buffer, end: number): number =>
  end + (chunk[end] === CR && chunk[end + 1] === LF ? 2 : 1);

/** Grows by doubling: an event that arrives byte by byte costs what it weighs and no more. */
class PendingBytes {
  private bytes = Buffer.alloc(0);
  private length = 0;

  constructor(private readonly bytesMax: number) {}

  isEmpty(): boolean {
    return this.length === 0;
  }

  first(): number | undefined {
    return this.length === 0 ? undefined : this.bytes[0];
  }

  add(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.bytesMax) throw eventTooLarge();
    if (length > this.bytes.length) this.grow(length);
    piece.copy(this.bytes, this.length);
    this.length = length;
  }

  /** An event that came in one piece is not copied. */
  takeWith(piece: Buffer): Buffer {
    if (this.length === 0 && piece.length <= this.bytesMax) return piece;
    this.add(piece);
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.alloc(0);
    this.length = 0;
    return taken;
  }

  private grow(length: number): void {
    const larger = Buffer.alloc(Math.max(length, Math.min(2 * this.bytes.length, this.bytesMax)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
