import type { CallOutcome } from '@arbiter/domain';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent, errors, type Dispatcher } from 'undici';
import { Config } from '../../platform/config';
import { upstreamError } from '../gateway.errors';
import { GatewayMetrics } from '../gateway.metrics';
import type { Passage } from '../passage';
import type { RequestContext } from '../request-context';
import { usageHeaders } from '../usage-headers';
import { requestHeaders, responseHeaders } from './headers';
import { ResponseMeter, ResponseStalled, ResponseTooLarge, toolFilter } from './response-body';

/** How a forwarded request ended. When nothing was answered yet, `refusal` is what to answer. */
export interface Forwarded {
  readonly outcome: CallOutcome;
  readonly upstreamStatus: number | null;
  readonly responseBytes: number;
  readonly refusal?: ReturnType<typeof upstreamError>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;
/** An event stream may be silent for long; one that is silent for longer has been forgotten. */
const EVENT_STREAM_IDLE_MS = 30 * 60_000;

/** S10 and S11: sends what was judged, and streams back what comes, at the client's pace. */
@Injectable()
export class Forwarder implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(
    private readonly config: Config,
    private readonly metrics: GatewayMetrics,
  ) {
    this.agent = new Agent({
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: config.proxy.upstreamTimeoutSecs * 1000,
      bodyTimeout: 0, // the meter watches bodies: what counts as stalled depends on their type
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

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
      return await this.relay(answer, { context, passage, response });
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
    const base = new URL(this.config.proxy.upstreamUrl);
    const prefix = base.pathname === '/' ? '' : base.pathname.replace(/\/+$/, '');
    return this.agent.request({
      origin: base.origin,
      path: `${prefix}${target}`,
      method,
      headers: requestHeaders(request, passage),
      body: body.length === 0 ? null : body,
      signal,
    });
  }

  private async relay(
    answer: Dispatcher.ResponseData,
    { context, passage, response }: Relayed,
  ): Promise<Forwarded> {
    const { statusCode: upstreamStatus, headers, body } = answer;
    const { maxResponseBodyBytes } = this.config.proxy;
    const contentType = contentTypeOf(headers);
    if (isTooLarge(headers, maxResponseBodyBytes)) {
      body.destroy();
      return tooLarge(upstreamStatus, 0);
    }
    const filter = toolFilter(contentType, passage.visible, maxResponseBodyBytes);
    const meter = this.meterFor(contentType);
    this.writeHead(answer, { context, passage, response }, filter !== null);
    // The first event may be long in coming, and until then the client waits for the stream itself.
    if (isStream) response.flushHeaders();
    try {
      await (filter === null
        ? pipeline(body, meter, response)
        : pipeline(body, meter, filter, response));
      return { outcome: 'answered', upstreamStatus, responseBytes: meter.bytes };
    } catch (error) {
      return { ...interruptionOf(error), upstreamStatus, responseBytes: meter.bytes };
    }
  }

  private meterFor(contentType: string): ResponseMeter {
    const { maxResponseBodyBytes, upstreamTimeoutSecs } = this.config.proxy;
    return isEventStream(contentType)
      ? new ResponseMeter(Infinity, EVENT_STREAM_IDLE_MS)
      : new ResponseMeter(maxResponseBodyBytes, upstreamTimeoutSecs * 1000);
  }

  private writeHead(
    { statusCode, headers }: Dispatcher.ResponseData,
    { context, passage, response }: Relayed,
    isRewritten: boolean,
  ): void {
    response.statusCode = statusCode;
    for (const [name, value] of responseHeaders(headers, isRewritten))
      response.setHeader(name, value);
    if (passage.usage === null) return;
    const { warningThresholdPct } = this.config.sessions;
    for (const [name, value] of usageHeaders(passage.usage, context.at, warningThresholdPct))
      response.appendHeader(name, value);
  }
}

interface Relayed {
  readonly context: RequestContext;
  readonly passage: Passage;
  readonly response: ServerResponse;
}

type Headers = Dispatcher.ResponseData['headers'];

const contentTypeOf = (headers: Headers): string =>
  [headers['content-type'] ?? ''].flat().join().toLowerCase();

const isEventStream = (contentType: string): boolean => contentType.startsWith('text/event-stream');

const isTooLarge = (headers: Headers, bytesMax: number): boolean =>
  !isEventStream(contentTypeOf(headers)) && Number(headers['content-length'] ?? 0) > bytesMax;

const tooLarge = (upstreamStatus: number, responseBytes: number): Forwarded => ({
  outcome: 'too-large',
  upstreamStatus,
  responseBytes,
  refusal: upstreamError(502, 'the upstream response is too large'),
});

/** Before the first header: the client can still be told. Never who the upstream is, or why. */
const failureOf = (error: unknown, { aborted }: AbortSignal): Forwarded => {
  const nothing = { upstreamStatus: null, responseBytes: 0 };
  if (aborted) return { ...nothing, outcome: 'aborted-by-client' };
  return error instanceof errors.HeadersTimeoutError
    ? { ...nothing, outcome: 'timed-out', refusal: upstreamError(504, 'upstream timeout') }
    : { ...nothing, outcome: 'unreachable', refusal: upstreamError(502, 'upstream unreachable') };
};

/** In the middle of the answer: the connection is cut, so that nobody takes half for the whole. */
const interruptionOf = (error: unknown): Pick<Forwarded, 'outcome' | 'refusal'> => {
  if (error instanceof ResponseTooLarge)
    return {
      outcome: 'too-large',
      refusal: upstreamError(502, 'the upstream response is too large'),
    };
  if (error instanceof ResponseStalled)
    return { outcome: 'timed-out', refusal: upstreamError(504, 'upstream timeout') };
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || name === 'AbortError'
    ? { outcome: 'aborted-by-client' }
    : { outcome: 'aborted-by-upstream', refusal: upstreamError(502, 'the upstream broke off') };
};
