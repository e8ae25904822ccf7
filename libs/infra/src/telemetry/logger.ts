import pino from 'pino';
import { humanLine } from './human-line';
import { redacted } from './redaction';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'human' | 'json';
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes whole lines. What it throws reaches whoever logs. */
export interface LogDestination {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Standard error by default. */
  readonly destination?: LogDestination;
}

type Log = (event: string, fields?: LogFields) => void;

/** One line an event, written before the call returns, so that a process that exits has said everything. */
export interface Logger {
  readonly trace: Log;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  /** The same logger, with these fields on every line. */
  child(fields: LogFields): Logger;
}

const STDERR = 2;

/** Synchronous: a buffered line is lost exactly when it says why the process died. */
const standardError = (): LogDestination => {
  const stream = pino.destination({ dest: STDERR, sync: true });
  // Nobody reading the log any more is no reason to stop serving.
  stream.on('error', () => undefined);
  return stream;
};

const human = (destination: LogDestination): LogDestination => ({
  write: (line) => {
    destination.write(humanLine(line));
  },
});

/** Logs in the form of `ARBITER_LOG_FORMAT`: JSON lines, or `[HH:MM:SS] [level] event key=value` (seed 001). */
export const createLogger = ({ format, level, destination }: LoggerOptions): Logger => {
  const lines = destination ?? standardError();
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => redacted(fields) },
      serializers: { error: pino.stdSerializers.err },
    },
    format === 'json' ? lines : human(lines),
  );
  return loggerWith(logger, {});
};

const loggerWith = (logger: pino.Logger, bound: LogFields): Logger => {
  const at =
    (level: LogLevel): Log =>
    (event, fields) => {
      logger[level](named(event, { ...bound, ...fields }));
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerWith(logger, { ...bound, ...fields }),
  };
};

/** A field must not pass for the line's own: twice the same member, and readers take the last. */
const named = (event: string, fields: LogFields): LogFields => {
  const { time, level, event: other, ...rest } = fields;
  return {
    event,
    ...rest,
    ...(time === undefined ? {} : { field_time: time }),
    ...(level === undefined ? {} : { field_level: level }),
    ...(other === undefined ? {} : { field_event: other }),
  };
};
