import { Failure } from './failure';
import { printable } from './output';

const TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;
const QUOTED_MAX_CHARS = 300;
const KEY_HINT = '; set ARBITER_API_KEY or --api-key to the key of this server';

interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** One HTTP exchange, bounded in time and size. Throws a `Failure` when there is no answer. */
export const exchange = async (
  method: string,
  url: string,
  { headers = {}, body }: RequestOptions = {},
): Promise<HttpAnswer> => {
  try {
    const response = await fetch(url, {
      method,
      headers: { connection: 'close', ...headers },
      // Following one would hand the key to whoever it leads to.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    });
    return { status: response.status, text: await boundedText(response) };
  } catch (error) {
    throw error instanceof Failure ? error : unreachable(new URL(url).origin, error);
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

  private async call(method: string, path: string, body?: object): Promise<unknown> {
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

const boundedText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES)
      throw new Failure(`the answer is larger than ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const unreachable = (origin: string, error: unknown): Failure => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Failure(`${origin} did not answer within ${TIMEOUT_MS / 1000} s`);
  const code = codeOf(error);
  const hint =
    code === 'ECONNREFUSED'
      ? 'nothing listens there. Start the server with `arbiter`, or name another address'
      : code;
  return new Failure(`cannot reach ${origin}: ${hint}`);
};

/** `fetch` wraps the reason, and one attempt per address once more. */
const codeOf = (error: unknown): string => {
  const { cause } = error as { readonly cause?: unknown };
  const { code, message } = (cause ?? error) as {
    readonly code?: string;
    readonly message?: string;
  };
  return printable(code ?? message ?? String(error));
};
