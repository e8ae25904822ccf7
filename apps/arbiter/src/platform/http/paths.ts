import { parseUuid } from '@arbiter/domain';
import { BadRequestException } from '@nestjs/common';

const POSITION = /^[1-9]\d{0,15}$/;

/** What the parameters of a path have to look like, whatever route they are in (spec §3.1: 400). */
const PARAMETERS: Readonly<
  Record<string, { readonly expected: string; accepts(text: string): boolean }>
> = {
  id: { expected: 'a UUID', accepts: (text) => parseUuid(text) !== undefined },
  position: {
    expected: 'a position in the log',
    accepts: (text) => POSITION.test(text) && Number.isSafeInteger(Number(text)),
  },
};

/** Throws 400. Judged before the body, because whoever has the path wrong has the body wrong too. */
export const checkParameters = (parameters: unknown): void => {
  for (const [name, value] of Object.entries(parameters ?? {})) {
    const rule = PARAMETERS[name];
    if (rule !== undefined && !rule.accepts(String(value)))
      throw new BadRequestException(`${name} must be ${rule.expected}`);
  }
};

/** The router fills in nothing for `/agents/`, which is not a route. */
export const hasEmptyParameter = (parameters: unknown): boolean =>
  Object.values(parameters ?? {}).includes('');

interface KnownRoute {
  readonly segments: readonly string[];
  readonly method: string;
}

/** Every route there is, to tell a wrong method (405) from a wrong path (404). */
export class RouteTable {
  private readonly routes: KnownRoute[] = [];

  add(methods: string | readonly string[], pattern: string): void {
    const segments = pattern.split('/');
    for (const method of [methods].flat()) this.routes.push({ segments, method });
  }

  /** The methods that the path of this request target has, for `Allow`. */
  methodsOf(target: string): readonly string[] {
    const segments = (target.split('?', 1)[0] ?? '').split('/');
    const methods = this.routes
      .filter((route) => matches(route.segments, segments))
      .map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}

const matches = (pattern: readonly string[], segments: readonly string[]): boolean =>
  (pattern.length === segments.length || pattern.at(-1) === '*') &&
  pattern.every((expected, index) => {
    const actual = segments[index] ?? '';
    if (expected === '*') return true;
    return expected.startsWith(':') ? actual !== '' : expected === actual;
  });
