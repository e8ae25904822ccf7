import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = process.cwd();
const CONFIGURATION = ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'];

/** A file that breaks the rule, and what it imports. Imported files are planted as well. */
const violations: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'domain-is-pure': ['libs/domain/src/session/impure.ts', 'node:fs'],
  'aggregates-are-islands': ['libs/domain/src/agent/agent.ts', '../session/session'],
  'kernel-knows-no-aggregate': ['libs/domain/src/kernel/knowing.ts', '../session/session'],
  'libs-point-inwards': ['libs/infra/src/sideways.ts', '../../audit/src/index'],
  'libs-do-not-know-apps': ['libs/audit/src/upwards.ts', '../../../apps/arbiter/src/configure'],
  'libs-do-not-know-nest': ['libs/audit/src/nest.ts', '@nestjs/common'],
  'libs-through-their-index': ['apps/arbiter/src/deep.ts', '../../../libs/audit/src/inner'],
  'typeorm-where-rows-are': ['apps/arbiter/src/sessions/commands/sql.ts', 'typeorm'],
  'sqlite3-behind-the-store': ['libs/infra/src/driver.ts', 'sqlite3'],
  'dockerode-behind-its-port': ['libs/sandbox/src/docker.ts', 'dockerode'],
  'decisions-do-not-read-views': [
    'apps/arbiter/src/sessions/commands/peek.ts',
    '../read-model/session.view',
  ],
  'queries-do-not-decide': ['apps/arbiter/src/sessions/queries/act.ts', '../commands/open'],
  'features-meet-through-messages': [
    'apps/arbiter/src/agents/short-cut.ts',
    '../sessions/http/session.dto',
  ],
  'no-cycles': ['libs/infra/src/one.ts', './one'],
  'no-orphans': ['libs/infra/src/lonely.ts', ''],
  'no-tests-in-production': ['apps/arbiter/src/tested.ts', '../../../test/support/index'],
  'no-dev-dependencies-in-production': ['libs/infra/src/dev.ts', 'fast-check'],
  'no-unresolvable': ['libs/infra/src/nowhere.ts', '@arbiter/nowhere'],
};

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { name: string } }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

const plant = (tree: string, file: string, text: string): void => {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text, { flag: 'a' });
};

const cruise = (): Report => {
  const tree = mkdtempSync(join(tmpdir(), 'arbiter-imports-'));
  for (const file of CONFIGURATION) cpSync(join(ROOT, file), join(tree, file));
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  for (const [from, to] of Object.values(violations)) {
    if (to.startsWith('.')) plant(tree, join(dirname(from), `${to}.ts`), 'export {};\n');
    plant(tree, from, to === '' ? 'export {};\n' : `import '${to}';\n`);
  }
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  const { stdout } = spawnSync(depcruise, ['-T', 'json', 'apps', 'libs', 'test'], {
    cwd: tree,
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as Report;
};

describe('import rules', () => {
  const { summary } = cruise();

  it.each(summary.ruleSetUsed.forbidden)('$name notices its planted violation', ({ name }) => {
    const noticed = summary.violations.filter(({ rule }) => rule.name === name);
    expect(noticed.map(({ from }) => from)).toContain(violations[name]?.[0]);
  });
});
