import {
  type Kind,
  oneOf,
  type RawTable,
  text,
  texts,
  tables,
  toggle,
  whole,
} from './setting.kinds';

/** A key of the specification without the behaviour behind it. None of them is ignored in silence. */
interface Unbuilt {
  readonly kind: Kind<unknown>;
  /** Refused: what the operator asks for protects something, and would not. Warned of: it changes nothing. */
  readonly judgement: 'problem' | 'warning';
  /** Said after the path. */
  readonly note: string;
  /** The value that asks for nothing, and passes. */
  readonly harmless?: (value: unknown) => boolean;
}

const is =
  (expected: unknown) =>
  (value: unknown): boolean =>
    value === expected;

const refused = (kind: Kind<unknown>, harmless?: Unbuilt['harmless']): Unbuilt => ({
  kind,
  judgement: 'problem',
  note: 'is not supported by this version',
  ...(harmless === undefined ? {} : { harmless }),
});
const inert = (kind: Kind<unknown>, harmless?: Unbuilt['harmless']): Unbuilt => ({
  ...refused(kind, harmless),
  judgement: 'warning',
  note: 'has no effect in this version',
});

/** By section and key of the file (§2.1, §2.5). */
export const unbuilt: Readonly<Record<string, Readonly<Record<string, Unbuilt>>>> = {
  proxy: {
    tls_cert: refused(text),
    tls_key: refused(text),
    ready_endpoint: refused(toggle, is(false)),
  },
  sessions: {
    escalate_anomalies: inert(toggle),
    read_intent_keywords: inert(texts),
    write_intent_keywords: inert(texts),
    admin_intent_keywords: inert(texts),
    suspicious_arg_patterns: inert(texts),
    // D5: what "off" asks for is what happens.
    structural_checks: inert(oneOf('strict', 'read_only', 'off'), is('off')),
    enforce_confidential: refused(toggle, is(false)),
    empty_list_means: refused(oneOf('all', 'none'), is('all')),
    tombstone_secs: inert(whole(0)),
  },
  audit: {
    file_path: refused(text),
    hash_chain: { ...inert(toggle), note: 'has no effect: the event log is always chained' },
  },
  admin: {
    tls_cert: refused(text),
    tls_key: refused(text),
    keys: refused(tables, (value) => Array.isArray(value) && value.length === 0),
  },
};

/** Sections that are not built at all: which of their tables may stay, because it asks for nothing. */
export const unbuiltSections: Readonly<Record<string, (table: RawTable) => boolean>> = {
  // Without issuers no token is checked (B-10).
  oauth: ({ issuers = [] }) => Array.isArray(issuers) && issuers.length === 0,
  // Its presence alone turns injection on.
  credentials: () => false,
};
