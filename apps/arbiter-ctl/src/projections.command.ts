import type { Command } from 'commander';
import { fieldsOf, listOf, shown, type Fields } from './answer';
import { connect } from './connection';
import { jsonOf, print, table } from './output';

interface JsonOption {
  readonly json?: true;
}

export const addProjections = (program: Command): void => {
  const projections = program
    .command('projections')
    .description('see how far the views have come, and fold them anew');
  projections
    .command('status')
    .description('say how far each view has come in the log')
    .option('--json', 'print the answer of the API')
    .action(async ({ json }: JsonOption, command: Command) => {
      const answer = fieldsOf(await (await connect(command)).get('/projections'));
      if (json) print(jsonOf(answer));
      else tell(projectionsIn(answer));
    });
  projections
    .command('rebuild')
    .description('empty one view, or all of them, and fold them from the first event again')
    .argument('[name]', 'the view; all when it is left out')
    .action(async (name: string | undefined, _options: object, command: Command) => {
      const api = await connect(command);
      const names = name === undefined ? namesIn(await api.get('/projections')) : [name];
      for (const each of names) await api.post(`/projections/${encodeURIComponent(each)}/rebuild`);
      const states = projectionsIn(await api.get('/projections'));
      tell(states.filter((state) => names.includes(String(state['name']))));
    });
};

export const projectionsIn = (answer: unknown): readonly Fields[] =>
  listOf(fieldsOf(answer)['projections']);

const namesIn = (answer: unknown): readonly string[] =>
  projectionsIn(answer).map(({ name }) => String(name));

const tell = (projections: readonly Fields[]): void => {
  const rows = projections.map((projection) => [
    shown(projection, 'name'),
    `state=${shown(projection, 'state')}`,
    `position=${shown(projection, 'position')}`,
    `lag=${shown(projection, 'lag')}`,
    `revision=${shown(projection, 'revision')}`,
    projection['error'] === null ? '' : `error=${shown(projection, 'error')}`,
  ]);
  table(rows).forEach(print);
};
