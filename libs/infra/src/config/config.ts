import { type Secret } from './secret';
import { type SettingValues } from './settings';

/** The effective configuration: frozen, validated, and with nothing left to derive. Providers take their slice. */
export interface ArbiterConfig {
  /** `~/.arbiter`; nothing when no home is known and nothing needs it. */
  readonly stateDir: string | undefined;
  readonly process: ProcessConfig;
  readonly proxy: ProxyConfig;
  readonly policy: PolicyConfig;
  readonly sessions: SessionConfig;
  readonly audit: AuditConfig;
  readonly metrics: MetricsConfig;
  readonly admin: AdminConfig;
  readonly storage: StorageConfig;
}

export type ProcessConfig = SettingValues['process'];
export type ProxyConfig = SettingValues['proxy'];
/** `file` is absolute; `policies` are as parsed, for the policy loader to judge. */
export type PolicyConfig = SettingValues['policy'];
export type SessionConfig = SettingValues['sessions'];
export type AuditConfig = SettingValues['audit'];
export type MetricsConfig = SettingValues['metrics'];

export type AdminConfig = Omit<SettingValues['admin'], 'apiKey' | 'signingSecret'> & {
  readonly apiKey: Secret;
  readonly signingSecret: Secret;
};

export type StorageConfig =
  | { readonly backend: 'memory' }
  | {
      readonly backend: 'sqlite';
      /** Absolute. */
      readonly sqlitePath: string;
      readonly synchronous: SettingValues['storage']['synchronous'];
    };
