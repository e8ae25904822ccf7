import { type ConfigFile } from './config-file';
import { type Findings } from './findings';
import { closestTo } from './closest-name';
import { sectionOf } from './resolve-settings';
import { isTable, type RawTable } from './setting.kinds';
import { keyOf, settings } from './settings';
import { unbuilt, unbuiltSections } from './unbuilt.settings';

/** The sections of the file and the keys that are read from each. */
const read = new Map(
  Object.entries(settings)
    .filter(([section]) => section !== 'process')
    .map(([section, group]) => [section, Object.keys(group).map(keyOf)]),
);
const sections = [...read.keys(), ...Object.keys(unbuiltSections)];

/** A key may hold anything, line breaks included; a message is one line. */
const shown = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

/** Judges the names in the file: what is not built, and what nobody knows (§2.1: warn, `--strict-config`: refuse). */
export const judgeKeys = (file: ConfigFile, strict: boolean, findings: Findings): void => {
  for (const [section, value] of Object.entries(file.table)) {
    if (!sections.includes(section)) {
      unknownKey({ file, strict, findings }, `[${shown(section)}]`, closestTo(section, sections));
    } else if (!isTable(value)) {
      findings.problem(`${section} (${file.name}): expected a table`);
    } else {
      judgeSection({ file, strict, findings }, section, value);
    }
  }
};

interface Hearing {
  readonly file: ConfigFile;
  readonly strict: boolean;
  readonly findings: Findings;
}

const judgeSection = (hearing: Hearing, section: string, table: RawTable): void => {
  const asksForNothing = unbuiltSections[section];
  if (asksForNothing !== undefined) {
    const { findings } = hearing;
    if (asksForNothing(table)) findings.warning(`[${section}] has no effect in this version`);
    else findings.problem(`[${section}] is not supported by this version`);
    return;
  }
  judgeUnbuilt(hearing, section);
  const known = [...(read.get(section) ?? []), ...Object.keys(unbuilt[section] ?? {})];
  for (const key of Object.keys(table).filter((each) => !known.includes(each))) {
    unknownKey(hearing, `${section}.${shown(key)}`, closestTo(key, known));
  }
};

const judgeUnbuilt = ({ file, findings }: Hearing, section: string): void => {
  const table = sectionOf(file.table, section);
  for (const [key, { kind, judgement, note, harmless }] of Object.entries(unbuilt[section] ?? {})) {
    const value = table?.[key];
    const path = `${section}.${key}`;
    if (value === undefined || harmless?.(value) === true) continue;
    if (!kind.schema.safeParse(value).success) {
      findings.problem(`${path} (${file.name}): expected ${kind.expects}`);
    } else {
      findings[judgement](`${path} ${note}`);
    }
  }
};

const unknownKey = (
  { file, strict, findings }: Hearing,
  name: string,
  suggestion: string | undefined,
): void => {
  const hint = suggestion === undefined ? '' : `, did you mean ${suggestion}?`;
  const text = `${name} (${file.name}) is not a known setting${hint}`;
  if (strict) findings.problem(text);
  else findings.warning(`${text}; it is ignored`);
};
