import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { toolsListUnreadable } from '../mcp/mcp-answer.errors';
import { filterToolsListBody, type ToolVisibility } from '../mcp/tools-list-filter';
import { createToolsListTransform } from '../mcp/tools-list.transform';
import {
  contentTypeOf,
  endingOf,
  hasNoBody,
  isEventStream,
  limitsFor,
  ResponseTooLarge,
  type Forwarded,
  type Limits,
} from './forwarded';
import { ResponseMeter } from './response-meter';

/** One answer on its way to the client, out of which tools may have to be left. */
interface FilteredRelay {
  readonly method: string;
  readonly answer: Dispatcher.ResponseData;
  readonly response: ServerResponse;
  /** Called once before the first byte, with whether the length of the body changes; or never. */
  readonly writeHead: (isRewritten: boolean) => void;
  readonly visible: ToolVisibility;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** D4: what the session could not call is not listed. Fails closed: a list that cannot be read is not shown. */
export const relayFiltered = async (work: FilteredRelay): Promise<Forwarded> => {
  const { answer, limits, signal } = work;
  const { statusCode: upstreamStatus, body } = answer;
  const { bytesMax, idleMs } = limitsFor(answer, limits);
  const meter = new ResponseMeter(bytesMax, idleMs);
  // Who reads them hears of their errors; nobody does once they are given up below.
  body.on('error', () => undefined);
  meter.on('error', () => undefined);
  try {
    await pass(work, meter);
    return { outcome: 'answered', upstreamStatus, responseBytes: meter.bytes };
  } catch (error) {
    const cause: unknown = signal.aborted ? signal.reason : error;
    return { ...endingOf(cause), upstreamStatus, responseBytes: meter.bytes };
  } finally {
    body.destroy();
    meter.destroy();
  }
};

const pass = async (work: FilteredRelay, meter: ResponseMeter): Promise<void> => {
  const { method, answer, response, writeHead } = work;
  if (hasNoBody(method, answer) || isFailure(answer)) {
    writeHead(false);
    await pipeline(answer.body, meter, response);
    return;
  }
  refusePacked(answer);
  await (isEventStream(answer) ? passStream(work, meter) : passList(work, meter));
};

const passStream = async (
  { answer, response, writeHead, visible, limits }: FilteredRelay,
  meter: ResponseMeter,
): Promise<void> => {
  const filter = createToolsListTransform({ visible, eventBytesMax: limits.bytesMax });
  writeHead(true);
  // The first event may be long in coming; until then the client waits for the stream itself.
  response.flushHeaders();
  await pipeline(answer.body, meter, filter, response);
};

const passList = async (
  { answer, response, writeHead, visible, limits }: FilteredRelay,
  meter: ResponseMeter,
): Promise<void> => {
  if (Number(answer.headers['content-length'] ?? 0) > limits.bytesMax) throw new ResponseTooLarge();
  const whole = await collect(answer, meter);
  const isJson = contentTypeOf(answer.headers).includes('json');
  if (whole.length > 0 && !isJson) throw toolsListUnreadable();
  const filtered = whole.length === 0 ? whole : filterToolsListBody(whole, visible);
  writeHead(true);
  response.end(filtered);
};

/** The upstream's refusals list nothing. */
const isFailure = ({ statusCode, headers }: Dispatcher.ResponseData): boolean =>
  statusCode >= 300 && !contentTypeOf(headers).includes('json');

/** Nobody asked for it to be compressed, and in a list that is, no tool could be found to leave out. */
const refusePacked = ({ headers }: Dispatcher.ResponseData): void => {
  const encoding = [headers['content-encoding'] ?? 'identity'].flat().join();
  if (encoding.toLowerCase() !== 'identity') throw toolsListUnreadable();
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
