import { policyError, policyWarning, type PolicyDiagnostic } from './policy-diagnostic';
import { isTable, type Kind, type Table } from './toml-kinds';

/** Where the findings about one rule go, and whose rule it is. */
export interface Findings {
  readonly policyId: string | null;
  readonly diagnostics: PolicyDiagnostic[];
}

/**
 * Reads the keys of one table. What is wrong is collected and not thrown, so that whoever wrote the
 * file sees all of it at once; a placeholder then stands in and the rule is not used.
 */
export class TomlTable {
  private readonly table: Table;
  private readonly known = new Set<string>();

  constructor(
    source: unknown,
    private readonly path: string,
    private readonly findings: Findings,
  ) {
    if (!isTable(source)) this.object(`${path} must be a table`);
    this.table = isTable(source) ? source : {};
  }

  required<T>(key: string, kind: Kind<T>, placeholder: T): T {
    if (this.valueOf(key) === undefined) this.object(`${this.path}.${key} is required`);
    return this.optional(key, kind, placeholder);
  }

  optional<T>(key: string, { accept, expected }: Kind<T>, absent: T): T {
    const value = this.valueOf(key);
    if (value === undefined) return absent;
    const accepted = accept(value);
    if (accepted === undefined) this.object(`${this.path}.${key} must be ${expected}`);
    return accepted ?? absent;
  }

  /** An absent table reads like an empty one. */
  child(key: string): TomlTable {
    return new TomlTable(this.valueOf(key) ?? {}, `${this.path}.${key}`, this.findings);
  }

  children(key: string): readonly TomlTable[] {
    const value = this.valueOf(key) ?? [];
    const path = `${this.path}.${key}`;
    if (!Array.isArray(value)) this.object(`${path} must be an array of tables`);
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    return items.map((item, index) => new TomlTable(item, `${path}[${index}]`, this.findings));
  }

  /** To be called last: every key that nobody asked for is a likely misspelling. */
  warnOfUnknownKeys(): void {
    const { policyId, diagnostics } = this.findings;
    for (const key of Object.keys(this.table)) {
      if (this.known.has(key)) continue;
      diagnostics.push(policyWarning(policyId, `${this.path}.${key} is unknown and ignored`));
    }
  }

  private valueOf(key: string): unknown {
    this.known.add(key);
    return Object.hasOwn(this.table, key) ? this.table[key] : undefined;
  }

  private object(message: string): void {
    this.findings.diagnostics.push(policyError(this.findings.policyId, message));
  }
}
