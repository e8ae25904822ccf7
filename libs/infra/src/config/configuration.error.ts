/** The settings cannot be used. It names every bad one, so that one start is enough to mend them all. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(
      ['the configuration cannot be used:', ...problems.map((each) => `  - ${each}`)].join('\n'),
    );
  }
}
