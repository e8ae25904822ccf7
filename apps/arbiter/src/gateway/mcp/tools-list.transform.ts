import { Transform, type TransformCallback } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { SseSegmenter } from './sse-segments';
import { filterToolsList, type ToolVisibility } from './tools-list-filter';

interface ToolsListTransformOptions {
  readonly visible: ToolVisibility;
  /** `max_response_body_bytes`, which counts per event on a stream (§4.5). */
  readonly eventBytesMax: number;
}

/**
 * For `text/event-stream` answers: every event leaves as soon as its last byte has arrived, as the
 * bytes it came in, unless tools have to be removed from it. Ends with `eventTooLarge` or
 * `toolsListUnreadable`.
 */
export const createToolsListTransform = (options: ToolsListTransformOptions): Transform => {
  const segmenter = new SseSegmenter(options.eventBytesMax);
  return new Transform({
    transform(this: Transform, chunk: Buffer, _encoding: string, done: TransformCallback) {
      attempt(done, () => {
        for (const segment of segmenter.feed(chunk)) {
          this.push(filterSegment(segment, options.visible));
        }
      });
    },
    flush(this: Transform, done: TransformCallback) {
      attempt(done, () => {
        const rest = segmenter.rest();
        if (rest.length > 0) this.push(filterSegment(rest, options.visible));
      });
    },
  });
};

const attempt = (done: TransformCallback, work: () => void): void => {
  try {
    work();
  } catch (error) {
    done(error instanceof Error ? error : new Error('The event stream cannot be filtered.'));
    return;
  }
  done();
};

const filterSegment = (segment: Buffer, visible: ToolVisibility): Buffer => {
  if (!mayListTools(segment)) return segment;
  const { event, retry } = readSegment(segment);
  if (event === undefined) return segment;
  const data = filterToolsList(event.data, visible);
  return data === event.data ? segment : writeEvent({ ...event, data }, retry);
};

/** Most events are progress or results, and need no parsing. Any letter of the key may be escaped. */
const mayListTools = (segment: Buffer): boolean =>
  segment.includes('"tools"') || segment.includes(String.raw`\u00`);

interface Segment {
  readonly event: EventSourceMessage | undefined;
  readonly retry: number | undefined;
}

/** Decodes as clients do, which replaces what is not UTF-8; there is at most one event inside. */
const readSegment = (segment: Buffer): Segment => {
  let event: EventSourceMessage | undefined;
  let retry: number | undefined;
  const parser = createParser({
    onEvent: (message) => {
      event = message;
    },
    onRetry: (ms) => {
      retry = ms;
    },
  });
  parser.feed(`${new TextDecoder().decode(segment)}\n\n`);
  return { event, retry };
};

/** Re-serialised JSON holds no line break, so it is one `data` line. */
const writeEvent = ({ id, event, data }: EventSourceMessage, retry: number | undefined): Buffer => {
  const lines = [
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    `data: ${data}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n`);
};
