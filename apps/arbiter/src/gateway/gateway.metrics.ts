import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { AgentView } from '../agents/read-model/agent.view';
import { Clock } from '../platform/clock';
import { Views } from '../platform/views';
import { SessionView } from '../sessions/read-model/session.view';

/** Labels of `requests_total` (spec §1.7). */
export type RequestDecision = 'allow' | 'deny' | 'error' | '__unknown__';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** What we add ourselves is far below the first bucket above (spec A43). */
const OVERHEAD_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1];
const TOOLS_MAX = 1000;
const TOOL_CHARACTERS_MAX = 64;
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What the data plane counts. Gauges are read from the views, so they are right after a restart. */
@Injectable()
export class GatewayMetrics {
  readonly contentType = CONTENT_TYPE;
  private readonly registry = new Registry();
  private readonly tools = new Set<string>();
  private readonly requests = this.counter('requests_total', 'Requests by decision', ['decision']);
  private readonly toolCalls = this.counter('tool_calls_total', 'Tool calls by tool', ['tool']);
  private readonly duration = this.histogram('request_duration_seconds', 'Whole requests', BUCKETS);
  private readonly upstream = this.histogram(
    'upstream_duration_seconds',
    'Until the headers of the upstream',
    BUCKETS,
  );
  private readonly overhead = this.histogram(
    'gateway_overhead_seconds',
    'From the request to its forwarding',
    OVERHEAD_BUCKETS,
  );

  constructor(
    private readonly views: Views,
    private readonly clock: Clock,
  ) {
    this.gauge('active_sessions', 'Sessions that can be used', () => this.activeSessions());
    this.gauge('registered_agents', 'Agents that are active', () => this.activeAgents());
  }

  /** Counted when the request is read, before anybody decided on it. */
  toolCalled(tool: string): void {
    const label = tool.slice(0, TOOL_CHARACTERS_MAX).replace(/[^A-Za-z0-9_/]/g, '_');
    if (!this.tools.has(label) && this.tools.size >= TOOLS_MAX) {
      this.toolCalls.inc({ tool: '__other__' });
      return;
    }
    this.tools.add(label);
    this.toolCalls.inc({ tool: label });
  }

  answered(decision: RequestDecision, durationMs: number): void {
    this.requests.inc({ decision });
    this.duration.observe(durationMs / 1000);
  }

  forwarded(overheadMs: number): void {
    this.overhead.observe(overheadMs / 1000);
  }

  upstreamAnswered(durationMs: number): void {
    this.upstream.observe(durationMs / 1000);
  }

  render(): Promise<string> {
    return this.registry.metrics();
  }

  private async activeSessions(): Promise<number> {
    const sessions = await this.views.of(SessionView);
    return sessions
      .createQueryBuilder('session')
      .where('session.status = :status', { status: 'active' })
      .andWhere('session.expiresAt >= :now', { now: this.clock.now() })
      .getCount();
  }

  private async activeAgents(): Promise<number> {
    return (await this.views.of(AgentView)).countBy({ active: true });
  }

  private counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }

  private gauge(name: string, help: string, read: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}
