import { Command, CommanderError } from 'commander';
import { packageVersion } from './package-version';
import { type FlagName } from './settings';

/** Text to print instead of starting; it belongs on stderr when the exit code is not 0. */
export interface Print {
  readonly kind: 'print';
  readonly text: string;
  readonly exitCode: number;
}

export interface CommandLine {
  readonly kind: 'parsed';
  readonly config: string | undefined;
  readonly strictConfig: boolean;
  readonly printConfig: boolean;
  readonly flags: Readonly<Partial<Record<FlagName, string>>>;
}

interface Options {
  readonly config?: string;
  readonly strictConfig?: true;
  readonly printConfig?: true;
  readonly port?: string;
  readonly bind?: string;
  readonly logLevel?: string;
  readonly verbose?: true;
}

const EXPLANATION = `
For each setting the first one found wins: flag, ARBITER_* variable, variable shared with other
programs (RUST_LOG=LEVEL), configuration file, file in ~/.arbiter, default. Nothing has to be
configured: secrets that are missing are generated once into ~/.arbiter.

Variables:
  ARBITER_CONFIG                            as --config
  ARBITER_LOG_LEVEL                         as --log-level
  ARBITER_LOG_FORMAT                        human (default) or json
  ARBITER_API_VERBOSE                       as --verbose, unless empty or 0
  ARBITER_ADMIN_API_KEY                     overrides admin.api_key
  ARBITER_SIGNING_SECRET                    overrides admin.signing_secret (32 bytes or more)
  ARBITER_UPSTREAM_URL                      overrides proxy.upstream_url
  ARBITER_PROXY_PORT, ARBITER_ADMIN_PORT    override the ports to listen on
  ARBITER_DRAIN_SECONDS                     how long a shutdown waits for open calls (default 30)

Examples:
  arbiter                                   start with what is in ./arbiter.toml, if it exists
  arbiter -c /etc/arbiter/arbiter.toml --strict-config
  arbiter --print-config                    show what would be used, and where it comes from
`;

const commandWriting = (write: (text: string) => void): Command =>
  new Command('arbiter')
    .description('Governs AI agents: a firewall for MCP servers over one verifiable event log.')
    .version(packageVersion(), '--version', 'print the version and exit')
    .helpOption('-h, --help', 'print this help and exit')
    .option('-c, --config <path>', 'configuration file (default: arbiter.toml, if it exists)')
    .option('--port <number>', 'port of the proxy; 0 lets the system choose (default: 8080)')
    .option('--bind <address>', 'address of the proxy (default: 127.0.0.1)')
    .option('--log-level <level>', 'trace, debug, info, warn or error (default: info)')
    .option('--verbose', 'also log every event of a turn')
    .option('--strict-config', 'refuse unknown keys in the configuration file')
    .option('--print-config', 'print the effective configuration without secrets and exit')
    .addHelpText('after', EXPLANATION)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });

const given = (options: Options): CommandLine => {
  const { config, strictConfig, printConfig, port, bind, logLevel, verbose } = options;
  return {
    kind: 'parsed',
    config,
    strictConfig: strictConfig ?? false,
    printConfig: printConfig ?? false,
    flags: {
      ...(port === undefined ? {} : { port }),
      ...(bind === undefined ? {} : { bind }),
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(verbose === undefined ? {} : { verbose: 'true' }),
    },
  };
};

/** Reads the flags only; what they say is judged together with everything else. */
export const parseCommandLine = (argv: readonly string[]): CommandLine | Print => {
  const printed: string[] = [];
  try {
    const command = commandWriting((text) => printed.push(text)).parse(argv, { from: 'user' });
    return given(command.opts<Options>());
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'print', text: printed.join(''), exitCode: error.exitCode };
  }
};
