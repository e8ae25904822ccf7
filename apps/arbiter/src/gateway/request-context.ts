import type { CallId, Instant } from '@arbiter/domain';
import type { IncomingMessage } from 'node:http';

/** One request from S1 on: what was sent, before anything in it is believed. */
export interface RequestContext {
  readonly callId: CallId;
  readonly at: Instant;
  readonly startedMs: number;
  readonly request: IncomingMessage;
  readonly method: string;
  /** Path and query as the client spelled them, and as they are forwarded. */
  readonly target: string;
  readonly path: string;
  readonly agentHeader: string | null;
  readonly sessionHeader: string | null;
  readonly delegationHeader: string | null;
  readonly bearer: string | null;
}

const TARGET_CHARACTERS_KEPT = 2_048;
const HEADER_CHARACTERS_KEPT = 256;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;
const FRAGMENT = /#.*$/;
/** Any blank after the scheme: what is not seen as a token of ours would be passed on. */
const BEARER = /^bearer[ \t]+(.+)$/i;

export const contextOf = (
  request: IncomingMessage,
  facts: Pick<RequestContext, 'callId' | 'at' | 'startedMs'>,
): RequestContext => {
  const target = originForm(request.url ?? '/');
  const [path = '/'] = target.split('?', 1);
  return {
    ...facts,
    request,
    method: request.method ?? '',
    target,
    path,
    agentHeader: firstHeader(request, 'x-agent-id'),
    sessionHeader: firstHeader(request, 'x-arbiter-session'),
    delegationHeader: firstHeader(request, 'x-delegation-chain'),
    bearer: BEARER.exec(firstHeader(request, 'authorization') ?? '')?.[1]?.trim() ?? null,
  };
};

/**
 * A target may come with a scheme and an authority (RFC 9112 §3.2.2), and the parser lets a fragment
 * pass. Neither is part of the path, so neither may keep a closed path from being recognized.
 */
const originForm = (url: string): string => {
  const target = url.replace(ABSOLUTE, '').replace(FRAGMENT, '');
  return target.startsWith('/') ? target : `/${target}`;
};

/** Node joins repeated headers; the first one is the one that counts (spec Appendix C). */
const firstHeader = ({ rawHeaders }: IncomingMessage, name: string): string | null => {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === name) return headerText(rawHeaders[index + 1] ?? '');
  return null;
};

/** Header bytes outside ASCII are treated as if the header were absent (spec §4.2). */
const headerText = (value: string): string | null => {
  const trimmed = value.trim();
  return trimmed === '' || !/^[\t\x20-\x7e]*$/.test(trimmed) ? null : trimmed;
};

/** For the record: what a client sends must not make events of any size. */
export const recordedHeader = (value: string | null): string | null =>
  value?.slice(0, HEADER_CHARACTERS_KEPT) ?? null;

/** As `recordedHeader`. */
export const recordedPath = ({ path }: RequestContext): string =>
  path.slice(0, TARGET_CHARACTERS_KEPT).toWellFormed();
