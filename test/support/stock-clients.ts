import * as two from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
}

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
}

/** What the client answers when the server asks it something. */
export interface ClientAnswers {
  readonly sample?: (prompt: string) => string;
  readonly elicit?: () => Readonly<Record<string, string>>;
  readonly rootUri?: () => string;
}

/** What the suites ask of a client, whichever generation of the SDK it comes from. */
export interface StockClient {
  toolNames(): Promise<readonly string[]>;
  call(name: string, args?: object, onprogress?: (progress: Progress) => void): Promise<ToolResult>;
  readResource(uri: string): Promise<string>;
  resourceUris(): Promise<readonly string[]>;
  resourceTemplates(): Promise<readonly string[]>;
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<readonly string[]>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** Connects with nothing but the URL and one header, and initializes. */
export type Connect = (
  url: string,
  headers: { readonly authorization: string },
  answers?: ClientAnswers,
) => Promise<StockClient>;

const IDENTITY = { name: 'stock-client', version: '1.0.0' };

const capabilitiesFor = ({ sample, elicit, rootUri }: ClientAnswers) => ({
  ...(sample !== undefined && { sampling: {} }),
  ...(elicit !== undefined && { elicitation: {} }),
  ...(rootUri !== undefined && { roots: {} }),
});

/** `@modelcontextprotocol/sdk` 1.x. */
export const connectSdk: Connect = async (url, headers, answers = {}) => {
  const client = new Client(IDENTITY, { capabilities: capabilitiesFor(answers) });
  const { sample, elicit, rootUri } = answers;
  if (sample !== undefined)
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) =>
      sampled(sample(textOf(params.messages))),
    );
  if (elicit !== undefined)
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: elicit() }));
  if (rootUri !== undefined)
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: rootUri() }] }));
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers } },
  });
  // Its optional members allow `undefined`, which our compiler settings tell apart from absence.
  await client.connect(transport);
  return stock(client, (name, args, onprogress) =>
    client.callTool({ name, arguments: { ...args } }, undefined, {
      ...(onprogress !== undefined && { onprogress }),
    }),
  );
};

/** `@modelcontextprotocol/client` 2.x, which speaks 2025-11-25 unless it is told to negotiate. */
export const connectClient: Connect = (url, headers, answers = {}) =>
  connectTwo(new two.Client(IDENTITY, { capabilities: capabilitiesFor(answers) }), {
    url,
    headers,
    answers,
  });

/** The same, asking the server for the newest revision that both know. */
export const connectNegotiating: Connect = (url, headers, answers = {}) => {
  const capabilities = capabilitiesFor(answers);
  const client = new two.Client(IDENTITY, { capabilities, versionNegotiation: { mode: 'auto' } });
  return connectTwo(client, { url, headers, answers });
};

interface Connection {
  readonly url: string;
  readonly headers: { readonly authorization: string };
  readonly answers: ClientAnswers;
}

const connectTwo = async (
  client: two.Client,
  { url, headers, answers }: Connection,
): Promise<StockClient> => {
  const { sample, elicit, rootUri } = answers;
  if (sample !== undefined)
    client.setRequestHandler('sampling/createMessage', ({ params }) =>
      sampled(sample(textOf(params.messages))),
    );
  if (elicit !== undefined)
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: elicit() }));
  if (rootUri !== undefined)
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: rootUri() }] }));
  await client.connect(
    new two.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  );
  return stock(client, (name, args, onprogress) =>
    client.callTool(
      { name, arguments: { ...args } },
      { ...(onprogress !== undefined && { onprogress }) },
    ),
  );
};

type Call = (
  name: string,
  args: object | undefined,
  onprogress: ((progress: Progress) => void) | undefined,
) => Promise<object>;

/** The members that the two generations have in common. */
type CommonClient = Pick<
  two.Client,
  | 'complete'
  | 'getPrompt'
  | 'listResourceTemplates'
  | 'listResources'
  | 'listTools'
  | 'ping'
  | 'readResource'
  | 'close'
>;

const stock = (client: CommonClient | Client, call: Call): StockClient => {
  const common = client as CommonClient;
  return {
    toolNames: async () => (await common.listTools()).tools.map(({ name }) => name),
    call: async (name, args, onprogress) => {
      const result: { isError?: unknown; content?: unknown } = await call(name, args, onprogress);
      return { isError: result.isError === true, text: textOf(result.content) };
    },
    readResource: async (uri) => textOf((await common.readResource({ uri })).contents),
    resourceUris: async () => (await common.listResources()).resources.map(({ uri }) => uri),
    resourceTemplates: async () =>
      (await common.listResourceTemplates()).resourceTemplates.map(({ name }) => name),
    prompt: async (name, args) =>
      textOf((await common.getPrompt({ name, ...(args && { arguments: args }) })).messages),
    complete: async (name, argument, value) => {
      const ref = { type: 'ref/prompt' as const, name };
      const { completion } = await common.complete({ ref, argument: { name: argument, value } });
      return completion.values;
    },
    ping: () => common.ping(),
    close: () => common.close(),
  };
};

const sampled = (text: string) => ({
  model: 'test-model',
  role: 'assistant' as const,
  content: { type: 'text' as const, text },
});

/** The texts of content blocks, resource contents or messages, one after the other. */
const textOf = (parts: unknown): string =>
  [parts]
    .flat()
    .map((part) => {
      const { text, content } = part as { readonly text?: unknown; readonly content?: unknown };
      if (content !== undefined) return textOf(content);
      return typeof text === 'string' ? text : '';
    })
    .join('');

interface HttpFailure {
  readonly status: number;
  readonly message: string;
}

/** How a client reports an HTTP answer that is an error; throws when the work succeeds. */
export const httpFailureOf = async (work: Promise<unknown>): Promise<HttpFailure> => {
  try {
    await work;
  } catch (error) {
    const { status, code, message } = error as Partial<Record<'status' | 'code', unknown>> & Error;
    return { status: Number(status ?? code), message };
  }
  throw new Error('The call was expected to fail.');
};
