import { isUtf8 } from 'node:buffer';
import { parseExact, stringifyExact, type JsonFault } from './exact-json';
import { dropUnjudged } from './mcp-canonical';
import { isObject, judgeMessage, type McpMessage, type MessageFault } from './mcp-message';

type BodyFault = JsonFault | MessageFault | 'empty' | 'invalid-utf8' | 'batch-size';

export type ParsedBody =
  | {
      readonly kind: 'mcp';
      readonly batch: boolean;
      /** Never empty; in the order of the batch. */
      readonly messages: readonly McpMessage[];
      /** Compact JSON of each message's arguments with every digit; null where there are none. */
      readonly argumentTexts: readonly (string | null)[];
      /** What goes upstream: exactly what was judged, re-serialised (S9.5a). */
      readonly canonical: Buffer;
    }
  | { readonly kind: 'not-mcp'; readonly why: BodyFault }
  /** 413 (B-14): upstream must not run a call without arguments that its client did send. */
  | { readonly kind: 'too-large'; readonly effectiveTool: string; readonly argumentBytes: number };

interface ParseOptions {
  /** `proxy.extra_mcp_methods`: accepted and governed like any other request. */
  readonly extraMethods: ReadonlySet<string>;
}

const BATCH_MAX = 100;
const ARGUMENT_BYTES_MAX = 65_536;
/** Recorded in full with every decision, so it is bounded like the arguments are. */
const URI_BYTES_MAX = 65_536;

/** Bytes of a request to what will be judged and forwarded (§4.4, S6, S9.5a). Never throws. */
export const parseMcpBody = (body: Buffer, { extraMethods }: ParseOptions): ParsedBody => {
  if (body.length === 0) return notMcp('empty');
  if (!isUtf8(body)) return notMcp('invalid-utf8');
  const json = parseExact(body.toString('utf8'));
  if (typeof json === 'string') return notMcp(json);
  const messages = judgeBody(json.value, extraMethods);
  if (typeof messages === 'string') return notMcp(messages);
  const elements = elementsOf(json.tree);
  return (
    // Compact JSON is never longer than the text it was read from.
    (body.length > ARGUMENT_BYTES_MAX ? findOversize(elements, messages) : undefined) ?? {
      kind: 'mcp',
      batch: Array.isArray(json.value),
      messages,
      argumentTexts: messages.map((message, index) =>
        message.arguments === undefined ? null : stringifyExact(argumentsOf(elements[index])),
      ),
      canonical: canonicalBody(json.tree, elements, messages),
    }
  );
};

const notMcp = (why: BodyFault): ParsedBody => ({ kind: 'not-mcp', why });

const elementsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** One element that is not a message spoils the whole batch: nothing is dropped silently. */
const judgeBody = (
  value: unknown,
  extraMethods: ReadonlySet<string>,
): readonly McpMessage[] | BodyFault => {
  const elements = elementsOf(value);
  if (elements.length === 0 || elements.length > BATCH_MAX) return 'batch-size';
  const messages: McpMessage[] = [];
  for (const element of elements) {
    const judged = judgeMessage(element, extraMethods);
    if (typeof judged === 'string') return judged;
    messages.push(judged);
  }
  return messages;
};

const findOversize = (
  elements: readonly unknown[],
  messages: readonly McpMessage[],
): ParsedBody | undefined => {
  for (const [index, { arguments: judged, effectiveTool, uri }] of messages.entries()) {
    const uriBytes = Buffer.byteLength(uri ?? '');
    if (uriBytes > URI_BYTES_MAX)
      return { kind: 'too-large', effectiveTool, argumentBytes: uriBytes };
    if (judged === undefined) continue;
    const argumentBytes = Buffer.byteLength(stringifyExact(argumentsOf(elements[index])));
    if (argumentBytes > ARGUMENT_BYTES_MAX) {
      return { kind: 'too-large', effectiveTool, argumentBytes };
    }
  }
  return undefined;
};

const argumentsOf = (element: unknown): unknown =>
  isObject(element) && isObject(element['params']) ? element['params']['arguments'] : undefined;

const canonicalBody = (
  tree: unknown,
  elements: readonly unknown[],
  messages: readonly McpMessage[],
): Buffer => {
  messages.forEach((message, index) => {
    dropUnjudged(elements[index], message);
  });
  return Buffer.from(stringifyExact(tree));
};
