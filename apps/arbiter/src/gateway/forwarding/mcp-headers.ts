import { isObject } from '../mcp/mcp-message';

/** How revision 2026-07-28 writes values that a header cannot hold as they are. */
const ENCODED = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/** What `Mcp-Name` repeats, by method. */
const NAMED_BY: readonly (readonly [methods: RegExp, param: string])[] = [
  [/^(?:tools\/call|prompts\/get)$/, 'name'],
  [/^resources\//, 'uri'],
  [/^tasks\//, 'taskId'],
];

/**
 * Whether `Mcp-Method` or `Mcp-Name` say what the canonical body says. One that does not could have
 * an upstream that routes by headers act on something that nobody judged.
 */
export const repeatsBody = (name: string, value: string, body: Buffer): boolean => {
  // It is our own serialisation of what was judged; a batch has no one method.
  const message: unknown = JSON.parse(body.toString('utf8'));
  if (!isObject(message)) return false;
  const { method, params } = message;
  if (typeof method !== 'string') return false;
  if (name === 'mcp-method') return value === method;
  const param = NAMED_BY.find(([methods]) => methods.test(method))?.[1];
  if (param === undefined || !isObject(params)) return false;
  return decoded(value) === params[param];
};

const decoded = (value: string): string => {
  const encoded = ENCODED.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8');
};
