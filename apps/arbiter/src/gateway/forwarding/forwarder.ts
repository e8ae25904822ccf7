import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Agent, errors, type Dispatcher } from 'undici';
import { KnownSecret } from '../../platform/auth/known-secret';
import { Config } from '../../platform/config';
import { upstreamError } from '../gateway.errors';
import { GatewayMetrics } from '../gateway.metrics';
import type { Passage } from '../passage';
import type { RequestContext } from '../request-context';
import { usageHeaders } from '../usage-headers';
import { requestHeaders, responseHeaders } from './headers';
import { relay, type Forwarded } from './relay';

const MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;

/** S10 and S11: sends what was judged, and streams back what comes. */
@Injectable()
export class Forwarder implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly adminKey: KnownSecret;
  private readonly origin: string;
  /** A base path of the upstream is a prefix of every path (spec §2.1). */
  private readonly prefix: string;

  constructor(
    private readonly config: Config,
    private readonly metrics: GatewayMetrics,
  ) {
    const { upstreamUrl, upstreamTimeoutSecs } = config.proxy;
    const { origin, pathname } = new URL(upstreamUrl);
    this.origin = origin;
    this.prefix = pathname.replace(/\/+$/, '');
    this.adminKey = new KnownSecret(config.admin.apiKey);
    this.agent = new Agent({
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: upstreamTimeoutSecs * MS,
      bodyTimeout: 0, // the relay watches bodies: what counts as stalled depends on their type
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** Never throws: whatever happens is an outcome. A client that goes away takes the call with it. */
  async forward(
    context: RequestContext,
    passage: Passage,
    response: ServerResponse,
  ): Promise<Forwarded> {
    const abort = new AbortController();
    const onClose = (): void => {
      abort.abort();
    };
    response.once('close', onClose);
    const startedMs = performance.now();
    this.metrics.forwarded(startedMs - context.startedMs);
    try {
      const answer = await this.send(context, passage, abort.signal);
      this.metrics.upstreamAnswered(performance.now() - startedMs);
      const writeHead = (isRewritten: boolean): void => {
        this.writeHead(answer, response, isRewritten);
        this.writeUsage(context, passage, response);
      };
      const { visible } = passage;
      return await relay({ answer, response, writeHead, visible, limits: this.limits() });
    } catch (error) {
      return failureOf(error, abort.signal);
    } finally {
      response.off('close', onClose);
      abort.abort();
    }
  }

  private send(
    { request, method, target }: RequestContext,
    passage: Passage,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { body } = passage;
    return this.agent.request({
      origin: this.origin,
      path: `${this.prefix}${target}`,
      method,
      headers: requestHeaders(request, passage, this.adminKey),
      body: body.length === 0 ? null : body,
      signal,
    });
  }

  private limits(): { readonly bytesMax: number; readonly idleMs: number } {
    const { maxResponseBodyBytes, upstreamTimeoutSecs } = this.config.proxy;
    return { bytesMax: maxResponseBodyBytes, idleMs: upstreamTimeoutSecs * MS };
  }

  private writeHead(
    { statusCode, headers }: Dispatcher.ResponseData,
    response: ServerResponse,
    isRewritten: boolean,
  ): void {
    response.statusCode = statusCode;
    for (const [name, value] of responseHeaders(headers, isRewritten))
      response.setHeader(name, value);
  }

  private writeUsage({ at }: RequestContext, { usage }: Passage, response: ServerResponse): void {
    if (usage === null) return;
    const { warningThresholdPct } = this.config.sessions;
    for (const [name, value] of usageHeaders(usage, at, warningThresholdPct))
      response.appendHeader(name, value);
  }
}

/** Before the first header: the client can still be told. Never who the upstream is, or why. */
const failureOf = (error: unknown, { aborted }: AbortSignal): Forwarded => {
  const nothing = { upstreamStatus: null, responseBytes: 0 };
  if (aborted) return { ...nothing, outcome: 'aborted-by-client' };
  return error instanceof errors.HeadersTimeoutError
    ? { ...nothing, outcome: 'timed-out', refusal: upstreamError(504, 'upstream timeout') }
    : { ...nothing, outcome: 'unreachable', refusal: upstreamError(502, 'upstream unreachable') };
};
