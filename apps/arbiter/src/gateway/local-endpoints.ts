import { EventStore, ProjectionEngine } from '@arbiter/audit';
import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { KnownSecret } from '../platform/auth/known-secret';
import { Config } from '../platform/config';
import { send } from './answers';
import { GatewayMetrics } from './gateway.metrics';

const JSON_TYPE = { 'content-type': 'application/json' } as const;

/** S0: the two endpoints that are never proxied, and the gate that closes while nothing can be recorded. */
@Injectable()
export class LocalEndpoints {
  private readonly adminKey: KnownSecret;

  constructor(
    private readonly store: EventStore,
    private readonly projections: ProjectionEngine,
    private readonly metrics: GatewayMetrics,
    private readonly config: Config,
  ) {
    this.adminKey = new KnownSecret(config.admin.apiKey);
  }

  /** False when the request is for the upstream. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const path = request.method === 'GET' ? (request.url ?? '/').split('?', 1)[0] : undefined;
    if (path === '/health') return this.health(response);
    if (path === '/metrics') return this.measure(request, response);
    if (this.config.audit.requireHealthy && this.store.health === 'failing')
      return this.closed(response, request.complete);
    return false;
  }

  /** Spec §1.6: the status says it all; no counters in the body. */
  private health(response: ServerResponse): true {
    const isHealthy =
      this.store.health === 'writable' &&
      this.projections.status().every(({ state }) => state === 'running');
    const body = JSON.stringify({ status: isHealthy ? 'healthy' : 'degraded' });
    send(response, { status: isHealthy ? 200 : 503, body, isRead: true }, JSON_TYPE);
    return true;
  }

  private async measure(request: IncomingMessage, response: ServerResponse): Promise<true> {
    if (!this.config.metrics.enabled) {
      // Not the upstream's either: it could publish what the operator switched off (spec B-9).
      send(response, { status: 404, body: '', isRead: true }, {});
      return true;
    }
    if (this.config.metrics.requireAuth && !this.isAdmin(request.headers['x-api-key'])) {
      const body = JSON.stringify({ error: 'missing or invalid api key' });
      send(response, { status: 401, body, isRead: true }, JSON_TYPE);
      return true;
    }
    const body = await this.metrics.render().catch(() => undefined);
    if (body === undefined) {
      const error = { code: 'UPSTREAM_ERROR', message: 'the metrics cannot be read now' };
      send(response, { status: 500, body: JSON.stringify({ error }), isRead: true }, JSON_TYPE);
      return true;
    }
    send(
      response,
      { status: 200, body, isRead: true },
      { 'content-type': this.metrics.contentType },
    );
    return true;
  }

  /** S0.5: fail closed at once; the store finds out by itself when it can write again. */
  private closed(response: ServerResponse, isRead: boolean): true {
    const error = { code: 'AUDIT_REQUIRED', message: 'the audit log cannot be written' };
    send(response, { status: 503, body: JSON.stringify({ error }), isRead }, JSON_TYPE);
    return true;
  }

  private isAdmin(presented: string | string[] | undefined): boolean {
    return typeof presented === 'string' && this.adminKey.is(presented);
  }
}
