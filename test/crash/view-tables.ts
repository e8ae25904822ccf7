import { openReadOnly } from '@arbiter/infra';
import type { ArbiterProcess } from '../support/arbiter-process';
import { eventually } from '../support/waiting';

const REBUILD_TIMEOUT_MS = 60_000;
/** Not folded from the log, or not the same for being folded again. */
const NO_VIEWS = ['checkpoints', 'snapshots', 'migrations', 'sqlite_sequence'];

interface Projections {
  readonly projections: readonly { readonly name: string; readonly lag: number }[];
  readonly head: number;
}

const states = async (arbiter: ArbiterProcess): Promise<Projections> =>
  (await arbiter.admin('GET', '/projections')).body as unknown as Projections;

const settled = (arbiter: ArbiterProcess): Promise<number> =>
  eventually(
    'the views catch up',
    async () => {
      const { projections, head } = await states(arbiter);
      return projections.every(({ lag }) => lag === 0) ? head : undefined;
    },
    REBUILD_TIMEOUT_MS,
  );

const dump = async (arbiter: ArbiterProcess): Promise<Readonly<Record<string, unknown>>> => {
  const source = await openReadOnly(arbiter.database.replace(/\.db$/, '.views.db'));
  try {
    const tables = await source.query<{ name: string }[]>(
      "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    );
    const views = tables.filter(({ name }) => !NO_VIEWS.includes(name));
    const contents: Record<string, unknown> = {};
    for (const { name } of views)
      contents[name] = await source.query(`SELECT * FROM ${name} ORDER BY 1`);
    return contents;
  } finally {
    await source.destroy();
  }
};

/** Names the views that are not the same when they are folded anew from the first event. */
export const viewsThatDiffer = async (arbiter: ArbiterProcess): Promise<readonly string[]> => {
  const head = await settled(arbiter);
  const before = await dump(arbiter);
  for (const { name } of (await states(arbiter)).projections)
    await arbiter.admin('POST', `/projections/${name}/rebuild`);
  // A process of the server that had something to do meanwhile has changed what is compared.
  if ((await settled(arbiter)) !== head) return viewsThatDiffer(arbiter);
  const after = await dump(arbiter);
  return Object.keys(after).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
};
