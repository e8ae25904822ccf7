import { Decisions, EventStore, ProjectionEngine, Snapshots } from '@arbiter/audit';
import { AgentTokens, type ArbiterConfig } from '@arbiter/infra';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Clock, IdGenerator, RandomIds, SystemClock } from './clock';
import { Config } from './config';
import { Views } from './views';

/** What is open before the module is: owned, and closed, by whoever made it. */
export interface Foundations {
  readonly config: ArbiterConfig;
  readonly store: EventStore;
  readonly snapshots: Snapshots;
  readonly projections: ProjectionEngine;
  readonly views: Views;
}

/** Binds every port that all features share. */
@Global()
@Module({})
export class PlatformModule {
  static on({ config, store, snapshots, projections, views }: Foundations): DynamicModule {
    const providers: Provider[] = [
      { provide: Config, useValue: config },
      { provide: EventStore, useValue: store },
      { provide: Snapshots, useValue: snapshots },
      { provide: ProjectionEngine, useValue: projections },
      { provide: Views, useValue: views },
      { provide: Decisions, useValue: new Decisions(store, snapshots) },
      { provide: Clock, useClass: SystemClock },
      { provide: IdGenerator, useClass: RandomIds },
      {
        provide: AgentTokens,
        useValue: new AgentTokens(config.admin.signingSecret.reveal()),
      },
    ];
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot()],
      providers,
      exports: [
        ...providers.map((provider) => (provider as { provide: symbol }).provide),
        CqrsModule,
      ],
    };
  }
}
