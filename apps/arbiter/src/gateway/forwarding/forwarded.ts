import type { CallOutcome } from '@arbiter/domain';
import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import { upstreamError, type GatewayRefusal } from '../gateway.errors';
import { eventTooLarge, toolsListUnreadable } from '../mcp/mcp-answer.errors';

export type Head = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>;

/** How a forwarded request ended. When nothing was answered yet, `refusal` is what to answer. */
export interface Forwarded {
  readonly outcome: CallOutcome;
  readonly upstreamStatus: number | null;
  readonly responseBytes: number;
  readonly refusal?: GatewayRefusal;
}

export interface Limits {
  readonly bytesMax: number;
  readonly idleMs: number;
}

type Ending = Pick<Forwarded, 'outcome' | 'refusal'>;

/** The client hung up before it had its answer. */
export class ClientLeft extends Error {}
/** The service stops and can wait no longer. */
export class Stopping extends Error {}
/** The upstream sent more than is let through. */
export class ResponseTooLarge extends Error {}
/** The upstream said nothing for too long in the middle of its answer. */
export class ResponseStalled extends Error {}

/** An event stream may be silent for long; one that is silent for longer has been forgotten. */
const EVENT_STREAM_IDLE_MS = 30 * 60_000;

/** Nothing was connected, so nothing can have been carried out. */
const NOT_REACHED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** An event stream has no end that could be too far away; nothing of it is kept. */
export const limitsFor = (head: Head, limits: Limits): Limits =>
  isEventStream(head) ? { bytesMax: Infinity, idleMs: EVENT_STREAM_IDLE_MS } : limits;

export const isEventStream = ({ headers }: Pick<Head, 'headers'>): boolean =>
  contentTypeOf(headers).startsWith('text/event-stream');

export const contentTypeOf = (headers: Head['headers']): string =>
  [headers['content-type'] ?? ''].flat().join().toLowerCase();

/** RFC 9112 §6.3: these have no body, whatever their headers announce. */
export const hasNoBody = (method: string, { statusCode, headers }: Head): boolean =>
  method === 'HEAD' ||
  statusCode === 204 ||
  statusCode === 304 ||
  Number(headers['content-length'] ?? NaN) === 0;

/**
 * Tells the client what went wrong, as long as nothing has gone out; after that the connection is
 * cut, so that nobody takes half an answer for a whole one. Never who the upstream is, or why.
 */
export const endingOf = (error: unknown): Ending => {
  if (error instanceof ClientLeft) return { outcome: 'aborted-by-client' };
  if (error instanceof Stopping)
    return { outcome: 'interrupted', refusal: upstreamError(502, 'the gateway is stopping') };
  if (error instanceof ResponseStalled || error instanceof errors.HeadersTimeoutError)
    return { outcome: 'timed-out', refusal: upstreamError(504, 'upstream timeout') };
  return endingByUpstream(error);
};

const endingByUpstream = (error: unknown): Ending => {
  const { code } = error as { readonly code?: unknown };
  if (error instanceof ResponseTooLarge || code === eventTooLarge.code)
    return { outcome: 'too-large', refusal: upstreamError(502, 'upstream response too large') };
  if (code === toolsListUnreadable.code)
    return {
      outcome: 'aborted-by-upstream',
      refusal: upstreamError(502, 'the upstream sent a list of tools that cannot be read'),
    };
  return typeof code === 'string' && NOT_REACHED.has(code)
    ? { outcome: 'unreachable', refusal: upstreamError(502, 'upstream unreachable') }
    : { outcome: 'aborted-by-upstream', refusal: upstreamError(502, 'the upstream broke off') };
};
