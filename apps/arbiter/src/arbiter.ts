import { ProjectionEngine } from '@arbiter/audit';
import type { ArbiterConfig, Logger } from '@arbiter/infra';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { agentProjection } from './agents/read-model/agent.projection';
import { ArbiterModule } from './arbiter.module';
import { GatewayServer } from './gateway/gateway.server';
import { OpenCallSweeper } from './gateway/processes/open-call.sweeper';
import { openCallProjection } from './gateway/read-model/open-call.projection';
import { configureControlPlane } from './platform/http/control-plane';
import { NestLogger } from './platform/nest-logger';
import { Views } from './platform/views';
import { PolicySets } from './policies/policy-sets';
import { sessionProjection } from './sessions/read-model/session.projection';
import { Storage } from './storage';

export const projections = [agentProjection, sessionProjection, openCallProjection];

const MS = 1000;

/** The running service: two listeners over one core. */
export class Arbiter {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly storage: Storage,
    private readonly engine: ProjectionEngine,
    private readonly config: ArbiterConfig,
    private readonly logger: Logger,
  ) {}

  /** Spec §1.2: storage, policies, processes, data plane, control plane. What fails leaves nothing open. */
  static async start(config: ArbiterConfig, logger: Logger): Promise<Arbiter> {
    const storage = await Storage.open(config.storage);
    const engine = new ProjectionEngine(storage.store, storage.viewWriter, projections);
    const views = new Views(storage.views.reader, engine);
    const { store, snapshots } = storage;
    engine.start();
    let arbiter: Arbiter | undefined;
    try {
      const app = await NestFactory.create<NestFastifyApplication>(
        ArbiterModule.on({ config, store, snapshots, projections: engine, views }),
        new FastifyAdapter(),
        { logger: new NestLogger(logger), abortOnError: false },
      );
      arbiter = new Arbiter(app, storage, engine, config, logger);
      await arbiter.open();
      return arbiter;
    } catch (error) {
      await arbiter?.app.close();
      await engine.stop();
      await storage.close();
      throw error;
    }
  }

  /** Drains the data plane while the control plane goes on, then closes everything (spec §1.5). */
  async stop(): Promise<void> {
    const { drainSecs } = this.config.process;
    this.logger.info('draining', { seconds: drainSecs });
    await this.app.get(GatewayServer).drain(drainSecs * MS);
    await this.app.close();
    await this.engine.stop();
    await this.storage.close();
    this.logger.info('stopped');
  }

  private async open(): Promise<void> {
    const { admin } = this.config;
    configureControlPlane(this.app);
    await this.app.get(PolicySets).activate();
    await this.app.init();
    await this.app.get(OpenCallSweeper).sweep();
    this.announce('data', await this.app.get(GatewayServer).listen());
    await this.app.listen(admin.listenPort, admin.listenAddr);
    this.announce('control', this.app.getHttpServer().address() as AddressInfo);
  }

  private announce(plane: 'data' | 'control', { address, family, port }: AddressInfo): void {
    const host = family === 'IPv6' ? `[${address}]` : address;
    this.logger.info('listening', { plane, url: `http://${host}:${port}` });
  }
}
