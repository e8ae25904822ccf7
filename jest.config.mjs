/** Packages that ship ES modules only: jest cannot require() them before Node 24.9. */
const esmOnly = ['jose'];

const swc = (parser, transform) => [
  '@swc/jest',
  {
    jsc: { parser, transform, target: 'es2022', keepClassNames: true },
    module: { type: 'commonjs' },
    sourceMaps: true,
  },
];

const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  rootDir: '.',
  testEnvironment: 'node',
  moduleNameMapper: {
    '^@arbiter/testing$': '<rootDir>/test/support',
    '^@arbiter/migrations$': '<rootDir>/migrations',
    '^@arbiter/(\\w+)$': '<rootDir>/libs/$1/src',
  },
  transform: {
    '\\.ts$': swc(
      { syntax: 'typescript', decorators: true },
      { legacyDecorator: true, decoratorMetadata: true },
    ),
    [`/node_modules/(${esmOnly.join('|')})/.+\\.js$`]: swc({ syntax: 'ecmascript' }, {}),
  },
  transformIgnorePatterns: [`/node_modules/(?!.*/node_modules/)(?!(${esmOnly.join('|')})/)`],
});

export default {
  testTimeout: 30_000,
  projects: [
    project('unit', ['<rootDir>/{apps,libs}/**/*.spec.ts']),
    project('architecture', ['<rootDir>/test/architecture/**/*.spec.ts']),
    project('contract', ['<rootDir>/test/contract/**/*.contract-spec.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.e2e-spec.ts']),
  ],
};
