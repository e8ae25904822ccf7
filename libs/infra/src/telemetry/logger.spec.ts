import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { createLogger, type LogFields, type LogFormat, type Logger, type LogLevel } from './logger';

const execute = promisify(execFile);

const logging = (
  format: LogFormat,
  log: (logger: Logger) => void,
  level: LogLevel = 'trace',
): string => {
  const lines: string[] = [];
  log(createLogger({ format, level, destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
};

const jsonOf = (fields: LogFields): unknown =>
  JSON.parse(
    logging('json', (logger) => {
      logger.info('something', fields);
    }),
  );

const humanOf = (event: string, fields?: LogFields): string =>
  logging('human', (logger) => {
    logger.info(event, fields);
  });

describe('json', () => {
  it('is one object with time, level, event and the fields', () => {
    expect(jsonOf({ port: 8080, address: 'a b' })).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      event: 'something',
      port: 8080,
      address: 'a b',
    });
  });

  it('does not let a field pass for the time, the level or the event', () => {
    const line = logging('json', (logger) => {
      logger.warn('real', { event: 'e', level: 'l', time: 't' });
    });

    expect(line.match(/"(time|level|event)":/g)).toHaveLength(3);
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', event: 'real', field_event: 'e' });
  });

  it('says what an error was', () => {
    expect(jsonOf({ error: new TypeError('boom') })).toMatchObject({
      error: { type: 'TypeError', message: 'boom', stack: expect.any(String) },
    });
  });

  it('writes what cannot be written anyway', () => {
    const cycle: Record<string, unknown> = { count: 10n };
    cycle['self'] = cycle;
    expect(jsonOf(cycle)).toMatchObject({ event: 'something', count: 10 });
  });
});

describe('human', () => {
  it('is [HH:MM:SS] [level] event key=value', () => {
    expect(humanOf('proxy_listening', { port: 8080, address: '::1', tls: false })).toMatch(
      /^\[\d\d:\d\d:\d\d\] \[info\] proxy_listening port=8080 address=::1 tls=false\n$/,
    );
  });

  it.each([
    ['a b', '"a b"'],
    ['', '""'],
    ['a=b', '"a=b"'],
    ['a\nb', '"a\\nb"'],
    ['\u001b[2J', '"\\u001b[2J"'],
    ['\u007f\u0085\u2028\u202e', '"\\u007f\\u0085\\u2028\\u202e"'],
    [{ a: ['x y'] }, '{"a":["x y"]}'],
    ['grün', 'grün'],
  ])('quotes %j', (value, shown) => {
    expect(humanOf('e', { key: value })).toContain(` key=${shown}\n`);
  });

  it('is one line of printable text, whatever it is given', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.dictionary(text, fc.oneof(text, fc.jsonValue())), (event, fields) => {
        const line = humanOf(event, fields);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(line.endsWith('\n')).toBe(true);
      }),
    );
  });
});

describe.each<LogFormat>(['json', 'human'])('%s', (format) => {
  it('leaves out what is below the level', () => {
    const line = logging(
      format,
      (logger) => {
        logger.debug('quiet');
        logger.warn('loud');
      },
      'info',
    );
    expect(line).toContain('loud');
    expect(line).not.toContain('quiet');
  });

  it('never shows a credential or a body, at any depth and in any spelling', () => {
    const line = logging(format, (logger) => {
      logger.child({ token: 'hush1' }).info('call', {
        Authorization: 'Bearer hush2',
        body: { text: 'hush3' },
        request: { headers: { 'X-API-Key': 'hush4', cookie: 'hush5', host: 'shown' } },
        list: [{ signing_secret: 'hush6', deep: { api_key: 'hush7' } }],
      });
    });
    expect(line).not.toContain('hush');
    expect(line).toContain('shown');
    expect(line.match(/\[redacted\]/g)).toHaveLength(7);
  });

  it('carries the fields of a child, and lets the call override them', () => {
    const line = logging(format, (logger) => {
      logger
        .child({ request_id: 'r1', tenant: 't1' })
        .child({ tenant: 't2' })
        .info('call', { a: 1 });
    });
    expect(line).toMatch(/r1.*t2/);
    expect(line).not.toContain('t1');
  });

  it('has written everything when the process exits', async () => {
    const script = `
      const { transformFileSync } = require('@swc/core');
      const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
      require.extensions['.ts'] = (module, path) => module._compile(transformFileSync(path, options).code, path);
      const { createLogger } = require(${JSON.stringify(join(__dirname, 'logger.ts'))});
      const logger = createLogger({ format: '${format}', level: 'info' });
      for (let line = 1; line <= 2000; line++) logger.info('line', { line, padding: 'x'.repeat(100) });
      process.exit(0);
    `;
    const { stdout, stderr } = await execute(process.execPath, ['-e', script]);
    const lines = stderr.trimEnd().split('\n');

    expect(stdout).toBe('');
    expect(lines).toHaveLength(2000);
    expect(lines.at(-1)).toContain('2000');
  }, 20_000);
});
