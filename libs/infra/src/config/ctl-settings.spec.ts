import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from './configuration.error';
import { loadCtlSettings } from './ctl-settings';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'arbiter-ctl-'));
  mkdirSync(join(home, '.arbiter'));
  writeFileSync(join(home, '.arbiter', 'admin_api_key'), 'from-file\n', { mode: 0o600 });
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

it('works with nothing but a home', () => {
  const settings = loadCtlSettings({}, home);

  expect(settings).toMatchObject({
    apiUrl: 'http://127.0.0.1:3000',
    stateDir: join(home, '.arbiter'),
    databasePath: join(home, '.arbiter', 'arbiter.db'),
    warnings: [],
  });
  expect(settings.apiKey?.reveal()).toBe('from-file');
});

it.each([
  [{ ARBITER_API_KEY: 'own', ARBITER_ADMIN_API_KEY: 'shared' }, 'own'],
  [{ ARBITER_API_KEY: ' ', ARBITER_ADMIN_API_KEY: 'shared' }, 'shared'],
  [{ ARBITER_API_KEY: '' }, 'from-file'],
])('takes the key of %j', (env, expected) => {
  expect(loadCtlSettings(env, home).apiKey?.reveal()).toBe(expected);
});

it('goes on without a home, and without a key that can be read', () => {
  expect(loadCtlSettings({}, '')).toMatchObject({ apiKey: undefined, databasePath: undefined });

  writeFileSync(join(home, '.arbiter', 'admin_api_key'), '');
  const { apiKey, warnings } = loadCtlSettings({ ARBITER_API_URL: 'https://a/b/' }, home);
  expect(apiKey).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining('is empty')]);
});

it('refuses an address that is none', () => {
  expect(loadCtlSettings({ ARBITER_API_URL: 'https://a/b/' }, home).apiUrl).toBe('https://a/b');
  expect(() => loadCtlSettings({ ARBITER_API_URL: 'localhost:3000' }, home)).toThrow(
    ConfigurationError,
  );
});
