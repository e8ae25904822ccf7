import { BlockList, isIP } from 'node:net';
import { type Check, type Facts } from './check';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const isLoopback = (address: string): boolean => {
  const version = isIP(address);
  if (version === 0) return address.toLowerCase() === 'localhost';
  return LOOPBACK.check(address, version === 4 ? 'ipv4' : 'ipv6');
};

/** One spelling for each address: IPv6 has several. */
const canonical = (address: string): string => {
  const url = isIP(address) === 6 ? `http://[${address}]` : `http://${address}`;
  return URL.canParse(url) ? new URL(url).hostname : address;
};

const ADDRESSES = ['proxy.listen_addr', 'admin.listen_addr'] as const;
const PORTS = ['proxy.listen_port', 'admin.listen_port'] as const;

/** Who can connect; unknown while an address is missing. */
export const reachOf = ({
  values: { proxy, admin },
  failed,
}: Facts): 'this machine' | 'the network' | 'unknown' => {
  if (ADDRESSES.some((path) => failed.has(path))) return 'unknown';
  return [proxy, admin].every(({ listenAddr }) => isLoopback(listenAddr))
    ? 'this machine'
    : 'the network';
};

/** E3. Port 0 is another one every time. */
export const listenersApart: Check = ({ values: { proxy, admin }, failed }, findings) => {
  if ([...ADDRESSES, ...PORTS].some((path) => failed.has(path)) || proxy.listenPort === 0) return;
  const same =
    proxy.listenPort === admin.listenPort &&
    canonical(proxy.listenAddr) === canonical(admin.listenAddr);
  if (!same) return;
  findings.problem(
    `proxy and admin listen on the same address and port (${proxy.listenAddr}, ${proxy.listenPort})`,
  );
};
