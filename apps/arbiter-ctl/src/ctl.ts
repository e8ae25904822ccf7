import { Command, CommanderError } from 'commander';
import { addAudit } from './audit.command';
import { httpUrl } from './connection';
import { addDoctor } from './doctor.command';
import { addEvents } from './events.command';
import { Failure, Reported } from './failure';
import { addListAgents } from './list-agents.command';
import { complain, print } from './output';
import { addProjections } from './projections.command';
import { addRegisterAgent } from './register-agent.command';
import { addRevoke } from './revoke.command';
import { addSession } from './session.command';

const VERSION_ASKED = 'ctl.version';

const EXPLANATION = `
The admin key is the first of: --api-key, ARBITER_API_KEY, ARBITER_ADMIN_API_KEY, and what a server
of the same user has generated into ~/.arbiter. ARBITER_API_URL is used when there is no --api-url.

Examples:
  arbiter-ctl doctor                                        what is wrong here?
  arbiter-ctl session open --owner me --model m --intent "read the docs"
  arbiter-ctl events --type session.tool-call-authorized --limit 20
  arbiter-ctl audit verify                                  has the log been tampered with?
`;

/** Runs one command to its end. Returns the exit code, and never throws. */
export const runCtl = async (argv: readonly string[]): Promise<number> => {
  try {
    await programOf().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return endOf(error);
  }
};

const programOf = (): Command => {
  const program = new Command('arbiter-ctl')
    .description('Controls Arbiter: agents, sessions, the event log and its verification.')
    .option('--api-url <url>', 'the control plane (default: http://127.0.0.1:3000)', httpUrl)
    .option('--api-key <key>', 'the admin key; other users of this machine can see it')
    .option('--version', 'print the version and exit')
    .helpOption('-h, --help', 'print this help and exit')
    .addHelpText('after', EXPLANATION)
    .exitOverride()
    // Reading the version means loading what the help does without.
    .on('option:version', () => {
      throw new CommanderError(0, VERSION_ASKED, '');
    });
  const additions = [
    addRegisterAgent,
    addListAgents,
    addRevoke,
    addSession,
    addEvents,
    addAudit,
    addProjections,
    addDoctor,
  ];
  for (const add of additions) add(program);
  return program;
};

const endOf = async (error: unknown): Promise<number> => {
  if (error instanceof CommanderError && error.code === VERSION_ASKED) {
    const { packageVersion } = await import('./environment.js');
    print(packageVersion());
    return 0;
  }
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof Reported) return 1;
  complain(`arbiter-ctl: ${messageOf(error)}`);
  return 1;
};

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  // Its class lives where loading it takes a while; it is an answer to the user like a `Failure`.
  const isExpected = error instanceof Failure || error.name === 'ConfigurationError';
  return isExpected ? error.message : (error.stack ?? error.message);
};
