import type { ArbiterProcess } from '../test/support/arbiter-process';
import { runCtl } from '../test/support/ctl-process';
import { LogCopy } from '../test/support/log-copy';
import { expectThat, good, refused, say } from './narration';

interface Shown {
  readonly position: number;
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly hash: string;
  readonly data: {
    readonly calls?: readonly { readonly tool: string | null; readonly method: string }[];
    readonly reason?: string;
    readonly outcome?: string;
  } | null;
}

/** What happened, as the log tells it. */
export const showTrail = async (arbiter: ArbiterProcess): Promise<void> => {
  say('');
  say('The audit trail (GET /events): every decision was durable before anything was forwarded.');
  const { body } = await arbiter.admin('GET', '/events?limit=100');
  for (const event of body['events'] as readonly Shown[]) say(lineOf(event));
};

const lineOf = ({ position, type, hash, data }: Shown): string => {
  const subject = data?.calls?.map(({ tool, method }) => tool ?? method).join(', ');
  const what = [subject, data?.reason ?? data?.outcome].filter((part) => part !== undefined);
  return `${String(position).padStart(4)}  ${hash.slice(0, 8)}…  ${type.padEnd(36)} ${what.join(' – ')}`;
};

const ALTERATION = `UPDATE event_payloads
  SET data = replace(data, 'session.budget-exhausted', 'session.tool-not-authorized')`;

/** The log verifies; a copy in which one word was changed does not. */
export const showVerification = async (database: string): Promise<void> => {
  const sound = await verify(database);
  expectThat(sound.exitCode === 0, 'the log verifies');
  good(`arbiter-ctl audit verify\n${sound.output}`);

  say('Somebody with write access to a copy of the database alters the reason of a refusal …');
  const copy = LogCopy.of(database);
  try {
    await copy.tamper(ALTERATION);
    const tampered = await verify(copy.database);
    expectThat(tampered.exitCode === 1, 'the change is noticed');
    refused(`arbiter-ctl audit verify\n${tampered.output}`);
  } finally {
    copy.remove();
  }
};

const verify = async (
  database: string,
): Promise<{ readonly exitCode: number | null; readonly output: string }> => {
  const { exitCode, stdout, stderr } = await runCtl(['audit', 'verify', '--database', database]);
  return { exitCode, output: `${stdout}${stderr}`.trimEnd().replace(/^/gm, '       ') };
};
