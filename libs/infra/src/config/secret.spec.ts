import { format, inspect } from 'node:util';
import { Secret } from './secret';

it('shows itself only when asked', () => {
  const secret = new Secret('hush');
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: null }),
    format('%s %o %j', secret, secret, secret),
    Object.values(secret).join(),
  ];

  expect(secret.reveal()).toBe('hush');
  expect(shown.join()).not.toContain('hush');
  expect(shown[0]).toBe('[secret]');
});
