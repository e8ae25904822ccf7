import type { IncomingMessage } from 'node:http';
import type { KnownSecret } from '../../platform/auth/known-secret';
import type { Passage } from '../passage';
import { repeatsBody } from './mcp-headers';

/** RFC 9110 §7.6.1: meant for one connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const OURS = 'x-arbiter-';

/** Meant for us, or computed anew. */
const NOT_PASSED_ON = new Set(['host', 'expect', 'content-length', 'x-agent-id']);

/** They would have the upstream read other text than the canonical UTF-8 that was judged. */
const READING = new Set(['content-type', 'content-encoding']);
/** Headers in which revision 2026-07-28 repeats the body for whoever routes by headers. */
const REPEATING = new Set(['mcp-method', 'mcp-name']);

interface Sent {
  readonly request: IncomingMessage;
  readonly bearer: string | null;
}

/**
 * What the upstream is sent (spec §4.3 S10): everything but what is ours, what belongs to the
 * connection, and whatever could make it act on something else than was judged. Flat list of names
 * and values, as undici takes it.
 */
export const requestHeaders = (
  { request, bearer }: Sent,
  passage: Passage,
  adminKey: KnownSecret,
): string[] => {
  const isDropped = dropRule(request, passage, {
    hidesAuthorization: passage.hasOwnToken || adminKey.is(bearer ?? ''),
    isAdminKey: (value) => adminKey.is(value),
  });
  const headers: string[] = [];
  const { rawHeaders } = request;
  let credentials = 0;
  rawHeaders.forEach((name, index) => {
    const value = rawHeaders[index + 1];
    if (index % 2 === 1 || value === undefined) return;
    const lower = name.toLowerCase();
    // The first is the one that was looked at; others could be anything, ours included.
    if (lower === 'authorization' && (credentials += 1) > 1) return;
    if (!isDropped(lower, value)) headers.push(name, value);
  });
  if (passage.isJudged) headers.push('content-type', 'application/json');
  if (passage.agent !== null) headers.push('x-agent-id', passage.agent);
  return headers;
};

interface Secrets {
  readonly hidesAuthorization: boolean;
  readonly isAdminKey: (value: string) => boolean;
}

const dropRule = (
  { headers }: IncomingMessage,
  { isJudged, visible, body }: Passage,
  { hidesAuthorization, isAdminKey }: Secrets,
): ((name: string, value: string) => boolean) => {
  const dropped = namedByConnection(headers.connection);
  if (hidesAuthorization) dropped.add('authorization');
  // A compressed list of tools could not be filtered.
  if (visible !== null) dropped.add('accept-encoding');
  if (isJudged) for (const name of READING) dropped.add(name);
  const misleads = (name: string, value: string): boolean =>
    isJudged && REPEATING.has(name) && !repeatsBody(name, value, body);
  // Somebody's mistake, which must not become the upstream's knowledge.
  const betrays = (name: string, value: string): boolean =>
    name === 'x-api-key' && value.split(',').some((part) => isAdminKey(part.trim()));
  return (name, value) =>
    isForUs(name) || dropped.has(name) || misleads(name, value) || betrays(name, value);
};

const isForUs = (name: string): boolean => !passes(name) || NOT_PASSED_ON.has(name);

/** What the client is sent: the upstream's headers without those that could pass for ours. */
export const responseHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
  isRewritten: boolean,
): [name: string, value: string | string[]][] => {
  const dropped = namedByConnection(headers['connection']);
  if (isRewritten) dropped.add('content-length');
  return Object.entries(headers).flatMap(([name, value]) =>
    !passes(name) || dropped.has(name) || value === undefined ? [] : [[name, value]],
  );
};

const passes = (name: string): boolean => !HOP_BY_HOP.has(name) && !name.startsWith(OURS);

const namedByConnection = (connection: string | string[] | undefined): Set<string> =>
  new Set(
    [connection ?? []]
      .flat()
      .flatMap((value) => value.split(','))
      .map((name) => name.trim().toLowerCase()),
  );
