import { isObject, judgesUri, type McpMessage, type Members } from './mcp-message';

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);
const PARAMS = new Set(['name', 'arguments', 'uri']);

/**
 * Removes from a parsed message what `judgeMessage` did not judge, so that it is not forwarded
 * either (S9.5a): a discarded name, uri or `params`, `id: null`, the result of a call,
 * the `params` of a result, lookalikes of judged names. Everything else stays. Works in place.
 */
export const dropUnjudged = (element: unknown, message: McpMessage): void => {
  if (!isObject(element)) return;
  dropLookalikes(element, ENVELOPE);
  if (message.id === null) drop(element, 'id');
  for (const member of message.kind === 'response' ? ['params'] : ['result', 'error']) {
    drop(element, member);
  }
  const { params } = element;
  if (isObject(params)) dropUnjudgedParams(params, message);
  else drop(element, 'params');
};

const dropUnjudgedParams = (params: Members, { method, tool, uri }: McpMessage): void => {
  dropLookalikes(params, PARAMS);
  if (method === 'tools/call' && tool === null) drop(params, 'name');
  if (judgesUri(method) && uri === null) drop(params, 'uri');
};

/**
 * Some upstream parsers ignore the case of member names (Go's does, and folds `ſ` into `s`):
 * `{"method":"ping","Method":"tools/call"}` is a ping to us and a tool call to them.
 */
const dropLookalikes = (members: Members, judged: ReadonlySet<string>): void => {
  for (const key of Object.keys(members)) {
    if (!judged.has(key) && judged.has(key.toUpperCase().toLowerCase())) drop(members, key);
  }
};

const drop = (members: Members, key: string): void => {
  if (Object.hasOwn(members, key)) Reflect.deleteProperty(members, key);
};
