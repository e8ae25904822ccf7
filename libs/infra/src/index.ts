export * from './persistence/data-sources';
export * from './tokens/agent-tokens';
export * from './policy/policy-digest';
export * from './policy/policy-file';
export * from './policy/re2.regex-compiler';
export { loadConfig, type ConfigInputs, type LoadedConfig, type Run } from './config/load-config';
export { type Print } from './config/command-line';
export { processInputs } from './config/process-inputs';
export { ConfigurationError } from './config/configuration.error';
export { Secret } from './config/secret';
export { loadCtlSettings, type CtlSettings } from './config/ctl-settings';
export { packageVersion } from './config/package-version';
export { type Environment, type Origin, type Origins } from './config/resolve-settings';
export { type RawTable } from './config/setting.kinds';
export type {
  AdminConfig,
  ArbiterConfig,
  AuditConfig,
  MetricsConfig,
  PolicyConfig,
  ProcessConfig,
  ProxyConfig,
  SessionConfig,
  StorageConfig,
} from './config/config';
export {
  createLogger,
  type LogDestination,
  type LogFields,
  type LogFormat,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from './telemetry/logger';
