import { RouteTable } from './paths';

describe('the table of routes', () => {
  const routes = new RouteTable();
  routes.add('GET', '/agents');
  routes.add(['HEAD', 'GET'], '/agents');
  routes.add('POST', '/agents/:id/token');
  routes.add('GET', '/docs/*');

  it.each([
    ['/agents', ['GET', 'HEAD']],
    ['/agents?x=/y', ['GET', 'HEAD']],
    ['/agents/', []],
    ['/agents/1', []],
    ['/agents/1/token', ['POST']],
    ['/agents//token', []],
    ['/agents/1/token/', []],
    ['/docs/a/b.css', ['GET']],
    ['/', []],
    ['', []],
    ['*', []],
  ])('knows the methods of %p', (target, methods) => {
    expect(routes.methodsOf(target)).toEqual(methods);
  });
});
