const SPEC = '\\.(spec|contract-spec|e2e-spec)\\.ts$';
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule(
      'domain-is-pure',
      'The domain imports nothing but itself: no Nest, no TypeORM, no node: modules.',
      { path: '^libs/domain/', pathNot: SPEC },
      { pathNot: '^libs/domain/' },
    ),
    rule(
      'aggregates-are-islands',
      'Aggregates know each other by id only.',
      {
        path: '^libs/domain/src/([^/]+)/',
        pathNot: ['^libs/domain/src/(kernel|catalogue)/', SPEC],
      },
      { path: '^libs/domain/src/', pathNot: ['^libs/domain/src/kernel/', '^libs/domain/src/$1/'] },
    ),
    rule(
      'kernel-knows-no-aggregate',
      'The kernel is below the aggregates.',
      { path: '^libs/domain/src/kernel/', pathNot: SPEC },
      { path: '^libs/domain/src/(?!kernel/)' },
    ),
    rule(
      'libs-point-inwards',
      'audit, sandbox and infra see the domain and not each other; the app introduces them.',
      { path: '^libs/(audit|sandbox|infra)/' },
      { path: '^libs/', pathNot: ['^libs/$1/', '^libs/domain/'] },
    ),
    rule(
      'libs-do-not-know-apps',
      'An app is a composition root.',
      { path: '^libs/' },
      { path: '^apps/' },
    ),
    rule(
      'libs-do-not-know-nest',
      'A library can be used, and tested, without a container.',
      { path: '^libs/' },
      { path: 'node_modules/@nestjs/' },
    ),
    rule(
      'libs-through-their-index',
      'A library is what its index exports.',
      { path: '^(apps|migrations|test|bench|demo)/' },
      { path: '^libs/[^/]+/src/.+', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    ),
    rule(
      'typeorm-where-rows-are',
      'Only stores, views and their readers speak SQL.',
      {
        path: '^(apps|libs)/',
        pathNot: [
          '^libs/(audit|infra)/',
          '^apps/[^/]+/src/([^/]+/(read-model|queries|processes)/|platform/views\\.ts$)',
        ],
      },
      { path: 'node_modules/typeorm' },
    ),
    rule(
      'sqlite3-behind-the-store',
      'The driver is no longer developed: it has to stay replaceable.',
      {
        pathNot: ['^libs/audit/src/store/sqlite/', '^libs/infra/src/persistence/', '^test/'],
      },
      { path: 'node_modules/(@types/)?sqlite3' },
    ),
    rule(
      'dockerode-behind-its-port',
      'Docker stays behind SandboxDriver.',
      { pathNot: ['^libs/sandbox/src/docker/', '^test/', '^apps/[^/]+/src/[^/]+\\.module\\.ts$'] },
      { path: '(^|/)(@types/)?dockerode(/|$)' },
    ),
    rule(
      'decisions-do-not-read-views',
      'A command decides on its stream; a view may be behind.',
      { path: '/commands/' },
      { path: '/(read-model|queries|http)/' },
    ),
    rule(
      'queries-do-not-decide',
      'A query never reaches the writing side of its feature.',
      { path: '/(queries|read-model)/' },
      { path: '/(commands|http|processes)/' },
    ),
    rule(
      'features-meet-through-messages',
      'A feature uses another one through its commands, queries or views.',
      { path: '^apps/arbiter/src/([^/]+)/' },
      {
        path: '^apps/arbiter/src/[^/]+/(http|processes)/',
        pathNot: ['^apps/arbiter/src/$1/', '^apps/arbiter/src/platform/'],
      },
    ),
    rule('no-cycles', 'A cycle is one module pretending to be two.', {}, { circular: true }),
    rule(
      'no-orphans',
      'Nothing imports this file.',
      { orphan: true, pathNot: ['\\.d\\.ts$', SPEC, '\\.config\\.'] },
      {},
    ),
    rule(
      'no-tests-in-production',
      'Production code does not import tests.',
      { path: '^(apps|libs)/', pathNot: SPEC },
      { path: ['^test/', SPEC] },
    ),
    rule(
      'no-dev-dependencies-in-production',
      'It would not be there after npm ci --omit=dev.',
      { path: '^(apps|libs)/', pathNot: SPEC },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'no-unresolvable',
      'A path that does not resolve is a rule that does not run.',
      {},
      { couldNotResolve: true },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
