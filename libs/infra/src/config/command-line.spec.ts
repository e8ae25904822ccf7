import { parseCommandLine } from './command-line';

it('hands over what was given, unjudged', () => {
  const argv = ['-c', 'a.toml', '--port', 'x', '--bind', '::1', '--log-level', 'loud', '--verbose'];

  expect(parseCommandLine(argv)).toEqual({
    kind: 'parsed',
    config: 'a.toml',
    strictConfig: false,
    printConfig: false,
    flags: { port: 'x', bind: '::1', logLevel: 'loud', verbose: 'true' },
  });
  expect(parseCommandLine(['--strict-config', '--print-config'])).toMatchObject({
    strictConfig: true,
    printConfig: true,
    flags: {},
  });
});

it.each([
  [['--help'], 0, /ARBITER_SIGNING_SECRET/],
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  [['--prot', '1'], 1, /unknown option '--prot'/],
  [['--port'], 1, /argument missing/],
  [['serve'], 1, /too many arguments/],
])('%j ends here', (argv, exitCode, text) => {
  expect(parseCommandLine(argv)).toEqual({
    kind: 'print',
    exitCode,
    text: expect.stringMatching(text),
  });
});
