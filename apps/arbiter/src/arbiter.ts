import helmet from '@fastify/helmet';
import { ProjectionEngine } from '@arbiter/audit';
import type { ArbiterConfig, Logger } from '@arbiter/infra';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { AddressInfo } from 'node:net';
import { agentProjection } from './agents/read-model/agent.projection';
import { ArbiterModule } from './arbiter.module';
import { GatewayServer } from './gateway/gateway.server';
import { OpenCallSweeper } from './gateway/processes/open-call.sweeper';
import { openCallProjection } from './gateway/read-model/open-call.projection';
import { configureControlPlane } from './platform/http/control-plane';
import { controlPlaneAdapter } from './platform/http/control-plane.adapter';
import { describeApi } from './platform/http/describe-api';
import { NestLogger } from './platform/nest-logger';
import { Views } from './platform/views';
import { PolicySets } from './policies/policy-sets';
import { sessionSlotProjection } from './sessions/read-model/session-slot.projection';
import { sessionProjection } from './sessions/read-model/session.projection';
import { Storage } from './storage';

/** Every view there is, for the engine and for whoever rebuilds them elsewhere. */
export const projections = [
  agentProjection,
  sessionProjection,
  sessionSlotProjection,
  openCallProjection,
];

const MS = 1000;
const CATCH_UP_MS = 5_000;

/** TLS ends in front of us, if at all: a browser must not be told to insist on it. */
const CLEARTEXT_SAFE = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
};

/** The running service: two listeners over one core. */
export class Arbiter {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly storage: Storage,
    private readonly engine: ProjectionEngine,
    private readonly setup: { readonly config: ArbiterConfig; readonly logger: Logger },
  ) {}

  /** Spec §1.2: storage, policies, processes, data plane, control plane. What fails leaves nothing open. */
  static async start(config: ArbiterConfig, logger: Logger): Promise<Arbiter> {
    const storage = await Storage.open(config.storage);
    const engine = new ProjectionEngine(storage.store, storage.views.writer, projections);
    const views = new Views(storage.views.sources.reader, engine);
    const { store, snapshots } = storage;
    engine.start();
    let arbiter: Arbiter | undefined;
    try {
      const app = await NestFactory.create<NestFastifyApplication>(
        ArbiterModule.on({ config, store, snapshots, projections: engine, views }),
        controlPlaneAdapter(),
        { logger: new NestLogger(logger), abortOnError: false },
      );
      arbiter = new Arbiter(app, storage, engine, { config, logger });
      await arbiter.open();
      return arbiter;
    } catch (error) {
      await arbiter?.app.close();
      await engine.stop();
      await storage.close();
      throw error;
    }
  }

  /** The description of the control plane; nothing listens, and nothing is left on disk. */
  static async describe(config: ArbiterConfig): Promise<OpenAPIObject> {
    const storage = await Storage.open({ backend: 'memory' });
    const engine = new ProjectionEngine(storage.store, storage.views.writer, projections);
    const views = new Views(storage.views.sources.reader, engine);
    const { store, snapshots } = storage;
    const app = await NestFactory.create<NestFastifyApplication>(
      ArbiterModule.on({ config, store, snapshots, projections: engine, views }),
      controlPlaneAdapter(),
      { logger: false },
    );
    const description = describeApi(app);
    await app.close();
    await storage.close();
    return description;
  }

  /** Drains the data plane while the control plane goes on, then closes everything (spec §1.5). */
  async stop(): Promise<void> {
    const { config, logger } = this.setup;
    const { drainSecs } = config.process;
    logger.info('draining', { seconds: drainSecs });
    await this.app.get(GatewayServer).drain(drainSecs * MS);
    await this.app.close();
    await this.engine.stop();
    await this.storage.close();
    logger.info('stopped');
  }

  private async open(): Promise<void> {
    const { admin } = this.setup.config;
    await this.app.register(helmet, CLEARTEXT_SAFE);
    configureControlPlane(this.app);
    SwaggerModule.setup('docs', this.app, describeApi(this.app), {
      jsonDocumentUrl: 'openapi.json',
    });
    await this.app.get(PolicySets).activate();
    await this.app.init();
    await this.catchUp();
    await this.app.get(OpenCallSweeper).sweep();
    this.announce('data', await this.app.get(GatewayServer).listen());
    await this.app.listen(admin.listenPort, admin.listenAddr);
    this.announce('control', this.app.getHttpServer().address() as AddressInfo);
  }

  /** Views that are folded anew take their time; what an earlier process left open shows only then. */
  private async catchUp(): Promise<void> {
    while (!(await this.engine.settled(CATCH_UP_MS)))
      this.setup.logger.info('catching_up', {
        lag: Math.max(...this.engine.status().map(({ lag }) => lag)),
      });
  }

  private announce(plane: 'data' | 'control', { address, family, port }: AddressInfo): void {
    const host = family === 'IPv6' ? `[${address}]` : address;
    this.setup.logger.info('listening', { plane, url: `http://${host}:${port}` });
  }
}
