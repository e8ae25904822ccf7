import { type Findings } from './findings';
import { type Environment } from './resolve-settings';
import { type SettingValues } from './settings';

/** What a check may rest on: effective values, and which of them only stand in for a bad one. */
export interface Facts {
  readonly values: SettingValues;
  readonly failed: ReadonlySet<string>;
  readonly env: Environment;
}

export type Check = (facts: Facts, findings: Findings) => void;
