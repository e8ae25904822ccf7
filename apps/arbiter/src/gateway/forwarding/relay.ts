import type { CallOutcome } from '@arbiter/domain';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { upstreamError, type GatewayRefusal } from '../gateway.errors';
import { toolsListUnreadable } from '../mcp/mcp-answer.errors';
import { filterToolsListBody, type ToolVisibility } from '../mcp/tools-list-filter';
import { createToolsListTransform } from '../mcp/tools-list.transform';
import { ResponseMeter, ResponseStalled, ResponseTooLarge } from './response-meter';

/** How a forwarded request ended. When nothing was answered yet, `refusal` is what to answer. */
export interface Forwarded {
  readonly outcome: CallOutcome;
  readonly upstreamStatus: number | null;
  readonly responseBytes: number;
  readonly refusal?: GatewayRefusal;
}

interface RelayLimits {
  readonly bytesMax: number;
  readonly idleMs: number;
}

type Headers = Dispatcher.ResponseData['headers'];

/** An event stream may be silent for long; one that is silent for longer has been forgotten. */
const EVENT_STREAM_IDLE_MS = 30 * 60_000;

/** One answer on its way to the client. */
interface Relay {
  readonly answer: Dispatcher.ResponseData;
  readonly response: ServerResponse;
  /** Called once before the first byte, with whether the length of the body changes; or never. */
  readonly writeHead: (isRewritten: boolean) => void;
  /** Set when the answer may list tools. */
  readonly visible: ToolVisibility | null;
  readonly limits: RelayLimits;
}

/** S11: passes an answer on at the client's pace. */
export const relay = async (work: Relay): Promise<Forwarded> => {
  const { answer, limits } = work;
  const { statusCode: upstreamStatus, headers, body } = answer;
  const contentType = contentTypeOf(headers);
  const isStream = contentType.startsWith('text/event-stream');
  const meter = isStream
    ? new ResponseMeter(Infinity, EVENT_STREAM_IDLE_MS)
    : new ResponseMeter(limits.bytesMax, limits.idleMs);
  try {
    refusePacked(work);
    if (isStream) await passStream(work, meter);
    else await passBody(work, meter, contentType.includes('json'));
    return { outcome: 'answered', upstreamStatus, responseBytes: meter.bytes };
  } catch (error) {
    body.destroy();
    meter.destroy();
    return { ...interruptionOf(error), upstreamStatus, responseBytes: meter.bytes };
  }
};

const passStream = async (
  { answer, response, writeHead, visible, limits }: Relay,
  meter: ResponseMeter,
): Promise<void> => {
  writeHead(visible !== null);
  // The first event may be long in coming; until then the client waits for the stream itself.
  response.flushHeaders();
  const eventBytesMax = limits.bytesMax;
  await (visible === null
    ? pipeline(answer.body, meter, response)
    : pipeline(answer.body, meter, createToolsListTransform({ visible, eventBytesMax }), response));
};

const passBody = async (
  { answer, response, writeHead, visible, limits }: Relay,
  meter: ResponseMeter,
  isJson: boolean,
): Promise<void> => {
  refuseAnnounced(answer.headers, limits.bytesMax);
  if (visible === null || !isJson) {
    const filling = pipeline(answer.body, meter);
    filling.catch(() => undefined); // ends the meter, which tells whoever reads from it
    // Until the first byte is there the client can still be told that none will come (spec S10).
    await once(meter, 'readable');
    writeHead(false);
    await pipeline(meter, response);
    return;
  }
  const filtered = filterToolsListBody(await collect(answer, meter), visible);
  writeHead(true);
  response.end(filtered);
};

/** One JSON text has to be there as a whole before anything can be left out of it. */
const collect = async (
  { body }: Dispatcher.ResponseData,
  meter: ResponseMeter,
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  await pipeline(body, meter, async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) chunks.push(chunk);
  });
  return Buffer.concat(chunks);
};

const contentTypeOf = (headers: Headers): string =>
  [headers['content-type'] ?? ''].flat().join().toLowerCase();

/** Nobody asked for it to be compressed, and in a list that is, no tool could be found to leave out. */
const refusePacked = ({ answer, visible }: Relay): void => {
  const encoding = [answer.headers['content-encoding'] ?? 'identity'].flat().join();
  if (visible !== null && encoding.toLowerCase() !== 'identity') throw toolsListUnreadable();
};

const refuseAnnounced = (headers: Headers, bytesMax: number): void => {
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw new ResponseTooLarge();
};

/**
 * In the middle of an answer the refusal cannot be told any more: the connection is cut, so that
 * nobody takes half for the whole.
 */
const interruptionOf = (error: unknown): Pick<Forwarded, 'outcome' | 'refusal'> => {
  if (error instanceof ResponseTooLarge)
    return { outcome: 'too-large', refusal: upstreamError(502, error.message) };
  if (error instanceof ResponseStalled)
    return { outcome: 'timed-out', refusal: upstreamError(504, 'upstream timeout') };
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || name === 'AbortError'
    ? { outcome: 'aborted-by-client' }
    : { outcome: 'aborted-by-upstream', refusal: upstreamError(502, 'the upstream broke off') };
};
