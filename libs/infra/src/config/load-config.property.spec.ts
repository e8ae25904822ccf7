import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { ConfigurationError } from './configuration.error';
import { loadConfig } from './load-config';
import { keyOf, settings } from './settings';
import { unbuilt, unbuiltSections } from './unbuilt.settings';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'arbiter-garbage-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Outcome = 'loaded' | 'printed' | 'refused';

/** Anything but a `ConfigurationError` passes through and fails the property. */
const outcomeOf = (
  toml: string | Uint8Array,
  argv: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Outcome => {
  writeFileSync(join(folder, 'arbiter.toml'), toml);
  const secrets = { ARBITER_ADMIN_API_KEY: 'k'.repeat(32), ARBITER_SIGNING_SECRET: 's'.repeat(32) };
  try {
    const loaded = loadConfig({ argv, env: { ...secrets, ...env }, cwd: folder, home: folder });
    return loaded.kind === 'run' ? 'loaded' : 'printed';
  } catch (error) {
    if (error instanceof ConfigurationError && error.problems.length > 0) return 'refused';
    throw error;
  }
};

const OUTCOMES = ['loaded', 'printed', 'refused'];

const keysOf = (section: string, group: object): readonly string[] =>
  Object.keys(group).map((name) => `${section}.${keyOf(name)}`);

const paths = [
  ...Object.entries(settings)
    .filter(([section]) => section !== 'process')
    .flatMap(([section, group]) => keysOf(section, group)),
  ...Object.entries(unbuilt).flatMap(([section, group]) => keysOf(section, group)),
];

/** No setting has any of these types. */
const wrong = fc.oneof(
  fc.constantFrom('1979-05-27', '07:32:00', '1979-05-27T07:32:00Z', 'nan', '-inf', '1.5e300'),
  fc.constantFrom('{}', '{ __proto__ = 1 }', '[[]]', '[1979-05-27]', '[1, "a"]', '-2', '""'),
);

it('refuses every known key of the wrong type by name', () => {
  fc.assert(
    fc.property(fc.constantFrom(...paths), wrong, (path, value) => {
      expect(outcomeOf(`${path} = ${value}`)).toBe('refused');
      expect(() => loadConfig({ argv: [], env: {}, cwd: folder, home: folder })).toThrow(path);
    }),
    { numRuns: 300 },
  );
});

it('survives any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(OUTCOMES).toContain(outcomeOf(bytes));
    }),
    { numRuns: 300 },
  );
});

const fragment = fc.oneof(
  fc.constantFrom('[', ']', '[[', '{', '}', '=', '.', '"', "'", '"""', '\n', '#', ' ', ',', '\\u'),
  fc.constantFrom('__proto__', 'constructor', 'toString', ...Object.keys(unbuiltSections)),
  fc.constantFrom('true', '1', '-1', 'inf', '1979-05-27', '9223372036854775807', '0xff'),
  fc.constantFrom(...paths, ...Object.keys(settings)),
  fc.string({ maxLength: 5, unit: 'grapheme' }),
);

it('survives anything that looks like TOML', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 20 }), (parts) => {
      expect(OUTCOMES).toContain(outcomeOf(parts.join('')));
    }),
    { numRuns: 500 },
  );
});

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.string(), fc.double(), fc.maxSafeInteger(), fc.boolean()),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
}));
const table = fc.dictionary(
  fc.oneof(fc.constantFrom(...paths.map((path) => path.split('.')[1] ?? '')), fc.string()),
  value,
  { maxKeys: 5 },
);
const document = fc.dictionary(
  fc.oneof(fc.constantFrom(...Object.keys(settings), 'oauth', '__proto__'), fc.string()),
  fc.oneof(table, value),
  { maxKeys: 5 },
);

it('survives any document', () => {
  fc.assert(
    fc.property(document, (each) => {
      expect(OUTCOMES).toContain(outcomeOf(stringify(each)));
    }),
    { numRuns: 300 },
  );
});

it('survives any flags and variables', () => {
  const flag = fc.constantFrom('--port', '--bind', '--log-level', '--verbose', '-c', '--nonsense');
  const variable = fc.constantFrom(
    ...['PROXY_PORT', 'ADMIN_PORT', 'UPSTREAM_URL', 'LOG_LEVEL', 'LOG_FORMAT', 'CONFIG'].map(
      (name) => `ARBITER_${name}`,
    ),
  );
  // A NUL can be in neither, but it can be in a path that a file is looked for under.
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('a\0b'));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(flag, text), { maxLength: 5 }),
      fc.dictionary(variable, text),
      (argv, env) => {
        expect(OUTCOMES).toContain(outcomeOf('', argv, env));
      },
    ),
    { numRuns: 300 },
  );
});
