import type { Command } from 'commander';
import { connect, httpUrl } from './connection';
import type { DoctorOptions } from './doctor/examination';
import { Reported } from './failure';
import { print } from './output';

const EXPLANATION = `
Looks at what a server would read here, and at the server that is running. One line a check; exits
with 1 when one of them fails.
`;

export const addDoctor = (program: Command): void => {
  program
    .command('doctor')
    .description('check this installation, and say what to do about what is wrong')
    .option('--config <path>', 'the configuration file of the server')
    .option('--database <path>', 'its database')
    .option('--gateway-url <url>', 'its data plane', httpUrl)
    .addHelpText('after', EXPLANATION)
    .action(async (options: DoctorOptions, command: Command) => {
      const { examine } = await import('./doctor/examination.js');
      let failures = 0;
      for await (const { line, isFailure } of examine(options, () => connect(command))) {
        print(line);
        if (isFailure) failures += 1;
      }
      print(failures === 0 ? 'All checks passed.' : `${failures} check(s) failed.`);
      if (failures > 0) throw new Reported();
    });
};
