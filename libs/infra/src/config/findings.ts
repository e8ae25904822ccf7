import { ConfigurationError } from './configuration.error';

/** Collects instead of throwing at the first bad setting. */
export class Findings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  problem(text: string): void {
    this.problems.push(text);
  }

  warning(text: string): void {
    this.warnings.push(text);
  }

  throwIfAny(): void {
    if (this.problems.length > 0) throw new ConfigurationError(Object.freeze([...this.problems]));
  }
}
