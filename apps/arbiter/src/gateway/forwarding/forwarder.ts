import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { KnownSecret } from '../../platform/auth/known-secret';
import { Config } from '../../platform/config';
import { GatewayMetrics } from '../gateway.metrics';
import type { ToolVisibility } from '../mcp/tools-list-filter';
import type { Passage } from '../passage';
import type { RequestContext } from '../request-context';
import { usageHeaders } from '../usage-headers';
import { relayFiltered } from './filtered-relay';
import {
  ClientLeft,
  endingOf,
  Stopping,
  type Forwarded,
  type Head,
  type Limits,
} from './forwarded';
import { requestHeaders, responseHeaders } from './headers';
import { PassThrough } from './pass-through';

const MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;

type Order = Dispatcher.DispatchOptions & { readonly origin: string };
type WriteHead = (head: Head, isRewritten: boolean) => void;

/** S10 and S11: sends what was judged, and streams back what comes. */
@Injectable()
export class Forwarder implements OnApplicationShutdown {
  private readonly agent: Agent;
  private readonly adminKey: KnownSecret;
  private readonly origin: string;
  /** A base path of the upstream is a prefix of every path (spec §2.1). */
  private readonly prefix: string;
  private readonly limits: Limits;
  /** How to end each call that is under way. */
  private readonly underWay = new Set<(reason: Error) => void>();

  constructor(
    private readonly config: Config,
    private readonly metrics: GatewayMetrics,
  ) {
    const { upstreamUrl, upstreamTimeoutSecs, maxResponseBodyBytes } = config.proxy;
    const { origin, pathname } = new URL(upstreamUrl);
    this.origin = origin;
    this.prefix = pathname.replace(/\/+$/, '');
    this.limits = { bytesMax: maxResponseBodyBytes, idleMs: upstreamTimeoutSecs * MS };
    this.adminKey = new KnownSecret(config.admin.apiKey);
    this.agent = new Agent({
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: upstreamTimeoutSecs * MS,
      bodyTimeout: 0, // bodies are watched here: what counts as stalled depends on their type
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.interrupt();
    await this.agent.destroy();
  }

  /** Ends every call that is under way, and has its outcome say so. */
  interrupt(): void {
    for (const abort of this.underWay) abort(new Stopping());
  }

  /** Never throws: whatever happens is an outcome. A client that goes away takes the call with it. */
  async forward(
    context: RequestContext,
    passage: Passage,
    response: ServerResponse,
  ): Promise<Forwarded> {
    // It may have gone while its call was decided, and will not say so again.
    if (response.destroyed)
      return { outcome: 'aborted-by-client', upstreamStatus: null, responseBytes: 0 };
    const startedMs = performance.now();
    this.metrics.forwarded(startedMs - context.startedMs);
    const writeHead: WriteHead = (head, isRewritten) => {
      response.statusCode = head.statusCode;
      for (const [name, value] of responseHeaders(head.headers, isRewritten))
        response.setHeader(name, value);
      this.writeUsage(context, passage, response);
      this.metrics.upstreamAnswered(performance.now() - startedMs);
    };
    const order = this.orderOf(context, passage);
    const { visible } = passage;
    return visible === null
      ? this.passThrough(order, response, writeHead)
      : this.passFiltered(order, response, { visible, writeHead });
  }

  private async passThrough(
    order: Order,
    response: ServerResponse,
    writeHead: WriteHead,
  ): Promise<Forwarded> {
    const passing = new PassThrough(response, {
      method: order.method,
      limits: this.limits,
      writeHead: (head) => {
        writeHead(head, false);
      },
    });
    const abort = (reason: Error): void => {
      passing.abort(reason);
    };
    this.underWay.add(abort);
    try {
      this.agent.dispatch(order, passing);
      return await passing.forwarded;
    } finally {
      this.underWay.delete(abort);
    }
  }

  /** Answers that may list tools have to be looked into, and are few. */
  private async passFiltered(
    order: Order,
    response: ServerResponse,
    { visible, writeHead }: { readonly visible: ToolVisibility; readonly writeHead: WriteHead },
  ): Promise<Forwarded> {
    const aborting = new AbortController();
    const { signal } = aborting;
    const abort = (reason: Error): void => {
      aborting.abort(reason);
    };
    const onClose = (): void => {
      abort(new ClientLeft());
    };
    response.once('close', onClose);
    this.underWay.add(abort);
    try {
      const answer = await this.agent.request({ ...order, signal });
      return await relayFiltered({
        method: order.method,
        answer,
        response,
        writeHead: (isRewritten) => {
          writeHead(answer, isRewritten);
        },
        visible,
        limits: this.limits,
        signal,
      });
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      return { ...endingOf(cause), upstreamStatus: null, responseBytes: 0 };
    } finally {
      response.off('close', onClose);
      this.underWay.delete(abort);
    }
  }

  private orderOf({ request, method, target, bearer }: RequestContext, passage: Passage): Order {
    const { body } = passage;
    return {
      origin: this.origin,
      path: `${this.prefix}${target}`,
      method,
      headers: requestHeaders({ request, bearer }, passage, this.adminKey),
      body: body.length === 0 ? null : body,
    };
  }

  private writeUsage({ at }: RequestContext, { usage }: Passage, response: ServerResponse): void {
    if (usage === null) return;
    const { warningThresholdPct } = this.config.sessions;
    for (const [name, value] of usageHeaders(usage, at, warningThresholdPct))
      response.appendHeader(name, value);
  }
}
