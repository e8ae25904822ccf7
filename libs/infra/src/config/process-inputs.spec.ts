import { processInputs } from './process-inputs';

it('hands over what this process was started with', () => {
  const { argv, env, cwd, home } = processInputs();

  expect(argv).toEqual(process.argv.slice(2));
  expect(env['PATH']).not.toBe('');
  expect(cwd).toBe(process.cwd());
  expect(home).not.toBe('');
});
