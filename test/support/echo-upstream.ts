import { EventEmitter } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { closeLocally, listenLocally } from './local-server';
import { within } from './waiting';

const REQUEST_TIMEOUT_MS = 10_000;

/** What reached the upstream, as it reached it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type Behaviour = (received: ReceivedRequest, response: ServerResponse) => unknown;

/** A tiny upstream that counts and keeps what it is sent, and answers as it is told. */
export class EchoUpstream {
  readonly received: ReceivedRequest[] = [];
  private readonly arrivals = new EventEmitter();
  private behaviour: Behaviour = answeringResult;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<EchoUpstream> {
    const server = createServer();
    const upstream = new EchoUpstream(server, await listenLocally(server));
    server.on('request', (request, response) => {
      upstream.serve(request, response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
    return upstream;
  }

  /** From the next request on. */
  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
  }

  /** Answers as a server with one tool that always works, and forgets what it was sent. */
  reset(): void {
    this.behaviour = answeringResult;
    this.received.length = 0;
  }

  get last(): ReceivedRequest {
    const last = this.received.at(-1);
    if (last === undefined) throw new Error('The upstream has received nothing.');
    return last;
  }

  /** The next request to arrive, with its answer, which is cut when the gateway gives up on it. */
  async next(): Promise<ServerResponse> {
    const arrival = new Promise<ServerResponse>((resolve) => {
      this.arrivals.once('request', resolve);
    });
    return within(REQUEST_TIMEOUT_MS, arrival, 'no request reached the upstream');
  }

  close(): Promise<void> {
    return closeLocally(this.server);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received: ReceivedRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.received.push(received);
    this.arrivals.emit('request', response);
    await this.behaviour(received, response);
  }
}

/** One result for each request of the body; 202 when there is none, as MCP asks. */
const answeringResult: Behaviour = ({ body }, response) => {
  const answers = requestIds(body).map((id) => ({
    jsonrpc: '2.0',
    id,
    result: { content: [{ type: 'text', text: 'done' }] },
  }));
  if (answers.length === 0) response.writeHead(202).end();
  else answerJson(response, answers.length === 1 ? answers[0] : answers);
};

/** Never answers. */
export const silent: Behaviour = () => undefined;

export const answerJson = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

export const answerEvents = (response: ServerResponse): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  return response;
};

const requestIds = (body: string): readonly unknown[] => {
  try {
    const parsed = JSON.parse(body) as unknown;
    return [parsed].flat().flatMap((message) => (message as { readonly id?: unknown }).id ?? []);
  } catch {
    return [];
  }
};
