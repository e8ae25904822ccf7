import {
  Decisions,
  follow,
  ProjectionEngine,
  type EventStore,
  type RecordedEvent,
} from '@arbiter/audit';
import {
  secondsAfter,
  sessionDecider,
  type AgentId,
  type AuthorizeCalls,
  type CallId,
  type Instant,
  type SessionId,
} from '@arbiter/domain';
import { createLogger, loadConfig, type ArbiterConfig } from '@arbiter/infra';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { agentProjection } from '../../apps/arbiter/src/agents/read-model/agent.projection';
import { AgentsModule } from '../../apps/arbiter/src/agents/agents.module';
import { AuditLogModule } from '../../apps/arbiter/src/audit-log/audit-log.module';
import { Clock } from '../../apps/arbiter/src/platform/clock';
import { controlPlaneAdapter } from '../../apps/arbiter/src/platform/http/control-plane.adapter';
import { configureControlPlane } from '../../apps/arbiter/src/platform/http/control-plane';
import { NestLogger } from '../../apps/arbiter/src/platform/nest-logger';
import { PlatformModule } from '../../apps/arbiter/src/platform/platform.module';
import { Views } from '../../apps/arbiter/src/platform/views';
import { PoliciesModule } from '../../apps/arbiter/src/policies/policies.module';
import { PolicySets } from '../../apps/arbiter/src/policies/policy-sets';
import { SessionSweeper } from '../../apps/arbiter/src/sessions/processes/session.sweeper';
import { sessionSlotProjection } from '../../apps/arbiter/src/sessions/read-model/session-slot.projection';
import { sessionProjection } from '../../apps/arbiter/src/sessions/read-model/session.projection';
import { SessionsModule } from '../../apps/arbiter/src/sessions/sessions.module';
import { Storage } from '../../apps/arbiter/src/storage';

export const ADMIN_KEY = 'e2e-admin-key-that-is-long-enough';
export const START = '2026-01-01T10:00:00.000Z' as Instant;
const LOG_MAX = 1_000;
const PATIENCE_MS = 5_000;
const UNLIMITED = '[admin]\nrate_limit_requests = 1000000\n';
const SECRET = 'a signing secret of more than 32 bytes';

export interface ControlPlaneOptions {
  /** The configuration file. */
  readonly toml?: string;
  readonly signingSecret?: string;
  /** Called before the configuration is read, with the directory that it is in. */
  readonly prepare?: (directory: string) => void;
  /** What an earlier process has left in the log when this one starts. */
  readonly arrange?: (store: EventStore) => Promise<void>;
}

type LogLine = Readonly<Record<string, unknown>>;

const configOf = (directory: string, options: ControlPlaneOptions): ArbiterConfig => {
  writeFileSync(join(directory, 'arbiter.toml'), options.toml ?? UNLIMITED);
  options.prepare?.(directory);
  const loaded = loadConfig({
    argv: [],
    env: {
      ARBITER_ADMIN_API_KEY: ADMIN_KEY,
      ARBITER_SIGNING_SECRET: options.signingSecret ?? SECRET,
    },
    cwd: directory,
    home: directory,
  });
  if (loaded.kind !== 'run') throw new Error('The configuration is not one to run with.');
  return loaded.config;
};

/** The control plane alone: its real modules on real files, over a real socket; the clock is ours. */
export const startControlPlane = async (options: ControlPlaneOptions = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'arbiter-control-'));
  const config = configOf(directory, options);
  const storage = await Storage.open(config.storage);
  const { store, snapshots, views } = storage;
  await options.arrange?.(store);
  const engine = new ProjectionEngine(store, views.writer, [
    agentProjection,
    sessionProjection,
    sessionSlotProjection,
  ]);
  engine.start();

  let now = START;
  const lines: LogLine[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line) as LogLine);
  };
  const logger = new NestLogger(
    createLogger({ format: 'json', level: 'info', destination: { write } }),
  );
  const module = await Test.createTestingModule({
    imports: [
      PlatformModule.on({
        config,
        store,
        snapshots,
        projections: engine,
        views: new Views(views.sources.reader, engine),
      }),
      AgentsModule,
      SessionsModule,
      PoliciesModule,
      AuditLogModule,
    ],
  })
    .overrideProvider(Clock)
    .useValue({ now: () => now })
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(controlPlaneAdapter(), {
    logger,
  });
  const stop = async (): Promise<void> => {
    await app.close();
    await engine.stop();
    await storage.close();
    rmSync(directory, { recursive: true });
  };
  configureControlPlane(app);
  try {
    await app.get(PolicySets).activate();
  } catch (error) {
    await stop();
    throw error;
  }
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();

  const admin = () => request.agent(server).set('x-api-key', ADMIN_KEY);
  const registerAgent = async (more: object = {}): Promise<string> => {
    const answer = await admin()
      .post('/agents')
      .send({ owner: 'alice', model: 'm', ...more });
    return (answer.body as { agent_id: string }).agent_id;
  };
  return {
    app,
    store,
    directory,
    lines,
    anonymous: () => request.agent(server),
    admin,
    registerAgent,
    openSession: async (agentId: string, more: object = {}): Promise<string> => {
      const terms = { agent_id: agentId, declared_intent: 'read the report', ...more };
      const answer = await admin().post('/sessions').send(terms).expect(201);
      return (answer.body as { session_id: string }).session_id;
    },
    /** What the gateway does with a call; the data plane is not part of these tests. */
    call: (sessionId: string, agentId: string) =>
      app
        .get(Decisions)
        .run(sessionDecider, `session/${sessionId}`, callOf(sessionId, agentId, now), {
          actor: { kind: 'agent', id: agentId },
          correlation: 'test',
        }),
    /** What the clock says from now on. */
    advance: (seconds: number) => {
      now = secondsAfter(now, seconds);
    },
    sweep: () => app.get(SessionSweeper).sweep(),
    /** Everything in the log, in order. */
    log: () => store.readAfter(0, LOG_MAX),
    /** Waits for a process at work: there is no other sign of it than what it records. */
    recorded: (type: string) => nextOf(store, type),
    port: (server.address() as AddressInfo).port,
    stop,
  };
};

export type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>;

const callOf = (sessionId: string, agentId: string, at: Instant): AuthorizeCalls => ({
  type: 'AuthorizeCalls',
  sessionId: sessionId as SessionId,
  callId: '00000000-0000-7000-8000-000000000001' as CallId,
  agentId: agentId as AgentId,
  calls: [
    {
      method: 'tools/call',
      tool: 'read_file',
      uri: null,
      arguments: null,
      argumentsDigest: null,
      free: false,
      policyId: null,
    },
  ],
  facts: { trustLevel: 'untrusted', agentStatus: 'active', principal: '', policySetDigest: null },
  refusal: null,
  at,
});

const nextOf = async (store: EventStore, type: string): Promise<RecordedEvent> => {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  for await (const batch of follow(store, 0, { batchMax: 100, signal })) {
    const found = batch.find(({ link }) => link.type === type);
    if (found !== undefined) return found;
  }
  throw new Error(`No ${type} was recorded in time.`);
};
