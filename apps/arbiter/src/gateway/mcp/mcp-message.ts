import { isKnownMethod, isLifecycle } from './mcp-methods';

/** One judged JSON-RPC message. Whatever it does not mention was not judged. */
export interface McpMessage {
  readonly kind: 'request' | 'notification' | 'response';
  /** `null` for responses only. */
  readonly method: string | null;
  /** As a double: the exact digits of a huge id are in the canonical body. */
  readonly id: string | number | null;
  /** The name of a `tools/call`; `null` when it is not one or its name was discarded. */
  readonly tool: string | null;
  /** `params.arguments` of any method, any JSON value; `undefined` when absent. */
  readonly arguments: unknown;
  readonly uri: string | null;
  /** What whitelists, policies and traces call this message: the tool, or else the method. */
  readonly effectiveTool: string;
  readonly lifecycle: boolean;
}

export type MessageFault = 'not-a-message' | 'wrong-version' | 'invalid-id' | 'unknown-method';

export type Members = Readonly<Record<string, unknown>>;

const ID_BYTES_MAX = 256;
const URI_CHARS_MAX = 2048;
const TOOL_NAME = /^[A-Za-z0-9_\-./:]{1,256}$/;

const BLANKS = /[^!-\uffff]/g;
const SCHEME = /^[a-z][a-z0-9+.-]*:(?:\/\/)?/;
const REFUSED_SCHEMES = /^(?:file|data|javascript):/;
const BOUNDED_SCHEMES = /^(?!https?:)[^:]*:\/\/$/;

/** No tool and no method can be spelled like this, so nobody can list it by accident. */
const RESPONSE = '(response)';

const URI_METHODS: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/** Judges one element of a body (§4.4, D6); pure, and total over everything JSON can say. */
export const judgeMessage = (
  element: unknown,
  extraMethods: ReadonlySet<string>,
): McpMessage | MessageFault => {
  if (!isObject(element)) return 'not-a-message';
  if (element['jsonrpc'] !== '2.0') return 'wrong-version';
  const id = element['id'] ?? null;
  if (!isId(id)) return 'invalid-id';
  if (element['method'] === undefined) return judgeResponse(element, id);
  const { method } = element;
  if (typeof method !== 'string' || !isKnownMethod(method, extraMethods)) return 'unknown-method';
  return judgeCall(element, id, method);
};

const judgeCall = (element: Members, id: string | number | null, method: string): McpMessage => {
  const params = isObject(element['params']) ? element['params'] : {};
  const tool = method === 'tools/call' ? toolName(params['name']) : null;
  return {
    kind: id === null ? 'notification' : 'request',
    method,
    id,
    tool,
    arguments: params['arguments'],
    uri: URI_METHODS.has(method) ? resourceUri(params['uri']) : null,
    effectiveTool: tool ?? method,
    lifecycle: isLifecycle(method),
  };
};

/** The client's answer to a request of the server: elicitation, sampling, roots (D6). */
const judgeResponse = (element: Members, id: string | number | null): McpMessage | MessageFault => {
  const isResult = element['result'] !== undefined;
  const isError = element['error'] !== undefined;
  if (isResult === isError) return 'not-a-message';
  if (id === null) return 'invalid-id';
  return {
    kind: 'response',
    method: null,
    id,
    tool: null,
    arguments: undefined,
    uri: null,
    effectiveTool: RESPONSE,
    lifecycle: true,
  };
};

const isId = (id: unknown): id is string | number | null =>
  id === null ||
  typeof id === 'number' ||
  (typeof id === 'string' && Buffer.byteLength(id) <= ID_BYTES_MAX);

/** The name, if a call of it can be governed by that name; else `null`. */
export const toolName = (name: unknown): string | null =>
  typeof name === 'string' && TOOL_NAME.test(name) ? name : null;

/** Blanks and control characters do not count: URL parsers drop them, so `fi\nle:` is `file:`. */
const resourceUri = (uri: unknown): string | null => {
  if (typeof uri !== 'string') return null;
  const scheme = SCHEME.exec(uri.replace(BLANKS, '').toLowerCase());
  if (scheme === null) return uri;
  if (REFUSED_SCHEMES.test(scheme[0])) return null;
  return BOUNDED_SCHEMES.test(scheme[0]) && uri.length > URI_CHARS_MAX ? null : uri;
};

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether `uri` is a member that `judgeMessage` looks at for this method. */
export const judgesUri = (method: string | null): boolean =>
  method !== null && URI_METHODS.has(method);
