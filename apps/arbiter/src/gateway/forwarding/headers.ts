import type { IncomingMessage } from 'node:http';
import type { KnownSecret } from '../../platform/auth/known-secret';
import type { Passage } from '../passage';

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

/**
 * What the upstream is sent (spec §4.3 S10): everything but what is ours, what belongs to the
 * connection, and what is computed anew. Flat list of names and values, as undici takes it.
 */
export const requestHeaders = (
  request: IncomingMessage,
  passage: Passage,
  adminKey: KnownSecret,
): string[] => {
  const dropped = droppedFor(request, passage, adminKey);
  const headers: string[] = [];
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (passes(lower) && !dropped.has(lower)) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
};

const droppedFor = (
  { headers }: IncomingMessage,
  { dropAuthorization, visible }: Passage,
  adminKey: KnownSecret,
): ReadonlySet<string> => {
  const dropped = namedByConnection(headers.connection).add('host').add('expect');
  if (dropAuthorization) dropped.add('authorization');
  // A compressed list of tools could not be filtered.
  if (visible !== null) dropped.add('accept-encoding');
  const apiKey = headers['x-api-key'];
  // Somebody's mistake, which must not become the upstream's knowledge.
  if (typeof apiKey === 'string' && adminKey.is(apiKey)) dropped.add('x-api-key');
  return dropped;
};

/** What the client is sent: the upstream's headers without those that could pass for ours. */
export const responseHeaders = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
  isRewritten: boolean,
): [name: string, value: string | string[]][] => {
  const dropped = namedByConnection(headers['connection']);
  return Object.entries(headers).flatMap(([name, value]) => {
    const isDropped = !passes(name, isRewritten) || dropped.has(name) || value === undefined;
    return isDropped ? [] : [[name, value]];
  });
};

const passes = (name: string, lengthChanges = true): boolean =>
  !HOP_BY_HOP.has(name) && !name.startsWith(OURS) && !(lengthChanges && name === 'content-length');

const namedByConnection = (connection: string | string[] | undefined): Set<string> =>
  new Set(
    [connection ?? []]
      .flat()
      .flatMap((value) => value.split(','))
      .map((name) => name.trim().toLowerCase()),
  );
