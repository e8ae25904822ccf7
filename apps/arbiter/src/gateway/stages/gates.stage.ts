import { PlainRefusal, rejected } from '../gateway.errors';
import type { RequestContext } from '../request-context';

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']);
const DECODINGS_MAX = 8;

/** Spec §4.3 S2: methods that no upstream of ours speaks, and paths the operator closed. */
export const passGates = (context: RequestContext, blockedPaths: readonly string[]): void => {
  if (!METHODS.has(context.method)) throw new PlainRefusal(405, 'Method Not Allowed');
  if (blockedPaths.length === 0) return;
  const spellings = spellingsOf(context.path);
  if (spellings.some((path) => path.includes('\0'))) throw new PlainRefusal(400, 'Bad Request');
  if (spellings.some((path) => blockedPaths.some((entry) => closes(entry, path))))
    throw new PlainRefusal(403, 'Forbidden');
};

/** S5: nothing is tunnelled, because nothing in a tunnel can be judged. */
export const refuseUpgrade = ({ request }: RequestContext): void => {
  if (request.headers.upgrade !== undefined)
    throw rejected(501, 'protocol upgrade is not supported');
};

/** An entry that ends in `/*` closes everything below it; any other entry one path. */
const closes = (entry: string, path: string): boolean =>
  entry.endsWith('/*')
    ? path === entry.slice(0, -2) || path.startsWith(entry.slice(0, -1))
    : withoutTrailingSlash(path) === withoutTrailingSlash(entry);

const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

/** The path as sent and every form it decodes to: an upstream may stop at any of them. */
const spellingsOf = (raw: string): readonly string[] => {
  const spellings = [raw, resolved(raw)];
  let decoded = raw;
  for (let pass = 0; pass < DECODINGS_MAX; pass += 1) {
    const next = decodedOnce(decoded);
    if (next === decoded) break;
    decoded = next;
    spellings.push(decoded, resolved(decoded));
  }
  return spellings;
};

const decodedOnce = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not UTF-8: the escapes that are ASCII can still spell a closed path.
    return path.replace(/%([0-7][0-9a-f])/gi, (_escape, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
};

const resolved = (path: string): string => {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
};
