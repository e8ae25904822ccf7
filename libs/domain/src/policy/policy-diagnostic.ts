/** One thing that is wrong, or looks wrong, with a set of policies. */
export interface PolicyDiagnostic {
  readonly level: 'error' | 'warning';
  /** Null when it concerns the file, or a rule without a readable id. */
  readonly policyId: string | null;
  readonly message: string;
  /** Loading is stricter than validating, which only warns about some of this (§3.6, B-29). */
  readonly refusesLoading: boolean;
}

/** Wrong for validating and for loading. */
export const policyError = (policyId: string | null, message: string): PolicyDiagnostic => ({
  level: 'error',
  policyId,
  message,
  refusesLoading: true,
});

/** Validates with a warning, and does not load. */
export const policyRefusal = (policyId: string | null, message: string): PolicyDiagnostic => ({
  level: 'warning',
  policyId,
  message,
  refusesLoading: true,
});

export const policyWarning = (policyId: string | null, message: string): PolicyDiagnostic => ({
  level: 'warning',
  policyId,
  message,
  refusesLoading: false,
});
