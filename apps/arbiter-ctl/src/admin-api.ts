import { request, type Dispatcher } from 'undici';
import { Failure } from './failure';
import { printable } from './output';

const TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
const QUOTED_MAX_CHARS = 300;
const KEY_HINT = '; set ARBITER_API_KEY or --api-key to the key of this server';

interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole of it. */
  readonly timeoutMs?: number;
}

/** Of the system, of the client, or of the signal, whose code is a number. */
interface ConnectionError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** One HTTP exchange, bounded in time and size. Throws a `Failure` when there is no answer. */
export const exchange = async (
  method: Dispatcher.HttpMethod,
  url: string,
  { headers = {}, body, timeoutMs = TIMEOUT_MS }: RequestOptions = {},
): Promise<HttpAnswer> => {
  try {
    // Redirects are not followed: that would hand the key to whoever they lead to.
    const response = await request(url, {
      method,
      headers,
      body: body ?? null,
      reset: true,
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.statusCode, text: await boundedText(response.body) };
  } catch (error) {
    throw error instanceof Failure ? error : unreachable(new URL(url).origin, error, timeoutMs);
  }
};

/** The control plane, as whoever holds the admin key. Every refusal is a `Failure`. */
export class AdminApi {
  constructor(
    readonly url: string,
    private readonly key: string,
  ) {}

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  post(path: string, body?: object): Promise<unknown> {
    return this.call('POST', path, body);
  }

  delete(path: string): Promise<unknown> {
    return this.call('DELETE', path);
  }

  private async call(method: Dispatcher.HttpMethod, path: string, body?: object): Promise<unknown> {
    const { status, text } = await exchange(method, `${this.url}${path}`, {
      headers: {
        'x-api-key': this.key,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = parsed(text);
    if (status >= 200 && status < 300) return answer;
    const hint = status === 401 ? KEY_HINT : '';
    throw new Failure(`${method} ${path}: ${status} ${errorIn(answer, text)}${hint}`, status);
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const errorIn = (answer: unknown, text: string): string => {
  const error: unknown =
    typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : text;
  const words = typeof error === 'string' ? error : JSON.stringify(error);
  return printable(words.slice(0, QUOTED_MAX_CHARS));
};

const boundedText = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES)
      throw new Failure(`the answer is larger than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const unreachable = (origin: string, error: unknown, timeoutMs: number): Failure => {
  const { name, code, message } = error as ConnectionError;
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new Failure(`${origin} did not answer within ${timeoutMs / 1000} s`);
  if (code === 'ECONNREFUSED')
    return new Failure(
      `cannot reach ${origin}: nothing listens there. Start the server with \`arbiter\`, or name another address`,
    );
  // A code of the system is a word people look up; the client's own say less than its messages.
  const isSystemCode = typeof code === 'string' && /^E[A-Z_]+$/.test(code);
  return new Failure(`cannot reach ${origin}: ${printable(isSystemCode ? code : String(message))}`);
};
