import { closestTo } from './closest-name';

const known = ['listen_addr', 'listen_port', 'upstream_url'];

it.each([
  ['listen_prot', 'listen_port'],
  ['listen-port', 'listen_port'],
  ['ListenPort', 'listen_port'],
  ['upstream_ur', 'upstream_url'],
  ['upstream_urls', 'upstream_url'],
  ['port', undefined],
  ['', undefined],
])('%s -> %s', (name, expected) => {
  expect(closestTo(name, known)).toBe(expected);
});
