#!/usr/bin/env node
import {
  ConfigurationError,
  createLogger,
  loadConfig,
  processInputs,
  type LoadedConfig,
  type Run,
} from '@arbiter/infra';
import 'reflect-metadata';
import { Arbiter } from './src/arbiter';

/** What is written is nobody else's to read: events, views, keys. */
const OWNER_ONLY = 0o077;

const main = async (): Promise<void> => {
  process.umask(OWNER_ONLY);
  const loaded = load();
  if (loaded === undefined) return;
  if (loaded.kind === 'print') {
    (loaded.exitCode === 0 ? process.stdout : process.stderr).write(loaded.text);
    process.exitCode = loaded.exitCode;
    return;
  }
  await run(loaded);
};

const load = (): LoadedConfig | undefined => {
  try {
    return loadConfig(processInputs());
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    fail(error.message);
    return undefined;
  }
};

const run = async ({ config, warnings, announcements }: Run): Promise<void> => {
  const { logFormat: format, logLevel: level } = config.process;
  const logger = createLogger({ format, level });
  for (const message of announcements) logger.info('created', { message });
  for (const message of warnings) logger.warn('configuration', { message });
  const starting = Arbiter.start(config, logger);
  const stop = (): void => {
    // A second signal ends the process at once.
    process.off('SIGTERM', stop).off('SIGINT', stop);
    // A start that fails is reported below.
    starting.then(
      (arbiter) => arbiter.stop().catch(defect),
      () => undefined,
    );
  };
  // Before it is announced that the service listens: whoever reads that may stop it at once.
  process.on('SIGTERM', stop).on('SIGINT', stop);
  await starting;
};

const fail = (message: string): void => {
  process.stderr.write(`arbiter: ${message}\n`);
  process.exitCode = 1;
};

const defect = (error: unknown): void => {
  fail(error instanceof Error ? error.message : String(error));
};

main().catch(defect);
