import type { LogFields, Logger, LogLevel } from '@arbiter/infra';
import type { LoggerService } from '@nestjs/common';

type Level = Extract<LogLevel, 'debug' | 'info' | 'warn' | 'error'>;

/** Nest's own lines and those of injected loggers, in the one format of the process. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  /** Nest's start-up chatter tells an operator nothing. */
  log(message: unknown, ...context: unknown[]): void {
    this.write(isStructured(message) ? 'info' : 'debug', message, context);
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.write('debug', message, context);
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.write('warn', message, context);
  }

  error(message: unknown, ...context: unknown[]): void {
    this.write('error', message, context);
  }

  private write(level: Level, message: unknown, context: readonly unknown[]): void {
    const source = context.at(-1);
    const fields = { ...(typeof source === 'string' && { source }) };
    if (isStructured(message)) {
      const { event, ...rest } = message;
      this.logger[level](event, { ...fields, ...described(rest) });
    } else if (message instanceof Error) {
      this.logger[level]('defect', { ...fields, ...described({ error: message }) });
    } else this.logger[level]('log', { ...fields, message: String(message) });
  }
}

const isStructured = (message: unknown): message is { readonly event: string } & LogFields =>
  typeof message === 'object' && message !== null && 'event' in message;

/** An Error has no members of its own that a log line would show. */
const described = (fields: LogFields): LogFields => {
  const { error } = fields as { readonly error?: unknown };
  return error instanceof Error
    ? { ...fields, error: error.message, stack: error.stack ?? '' }
    : fields;
};
