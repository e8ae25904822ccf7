import type { Target } from '../load/load';
import type { Scope } from '../scope';
import { endChildServer, startChildServer } from '../servers/child-server';
import { governedTarget, startGateway } from '../servers/governed-gateway';

/** Two ways to one upstream. */
export interface Proxies {
  readonly bare: Target;
  readonly governed: Target;
  readonly gatewayPid: number;
}

export const startProxies = async (scope: Scope): Promise<Proxies> => {
  const upstream = await scope.own(startChildServer('upstream'), endChildServer);
  const proxy = await scope.own(startChildServer('bare-proxy', [upstream.url]), endChildServer);
  const gateway = await scope.own(startGateway(upstream.url), (arbiter) => arbiter.dispose());
  return {
    bare: { url: `${proxy.url}/mcp`, headers: {} },
    governed: await governedTarget(gateway),
    gatewayPid: gateway.child.pid ?? 0,
  };
};
