import type {
  AdminConfig,
  ArbiterConfig,
  AuditConfig,
  MetricsConfig,
  PolicyConfig,
  ProcessConfig,
  ProxyConfig,
  SessionConfig,
  StorageConfig,
} from '@arbiter/infra';

/** The effective configuration as an injection token; frozen, read once at start. */
export abstract class Config implements ArbiterConfig {
  abstract readonly stateDir: string | undefined;
  abstract readonly process: ProcessConfig;
  abstract readonly proxy: ProxyConfig;
  abstract readonly policy: PolicyConfig;
  abstract readonly sessions: SessionConfig;
  abstract readonly audit: AuditConfig;
  abstract readonly metrics: MetricsConfig;
  abstract readonly admin: AdminConfig;
  abstract readonly storage: StorageConfig;
}
