import { shown, type Fields } from './answer';
import { table } from './output';

type Line = readonly [label: string, text: string];

/** What is known about a session, one line each; the API tells different things at different times. */
export const describe = (session: Fields): readonly string[] => {
  const lines: readonly Line[] = [
    ['Session:', shown(session, 'session_id')],
    ...known(session, 'Status:', 'status'),
    ...known(session, 'Agent:', 'agent_id'),
    ...known(session, 'Intent:', 'declared_intent'),
    ...tools(session),
    ...calls(session),
    ...limit(session),
    ...times(session),
    ...known(session, 'Denied:', 'denied_attempts'),
    ...warnings(session),
  ];
  return table(lines);
};

const has = (session: Fields, name: string): boolean => (session[name] ?? null) !== null;

const known = (session: Fields, label: string, name: string): readonly Line[] =>
  has(session, name) ? [[label, shown(session, name)]] : [];

/** Spec §3.5: an empty list is every tool that the policies allow. */
const tools = (session: Fields): readonly Line[] => {
  const list = session['authorized_tools'];
  if (!Array.isArray(list)) return [];
  const names = shown({ names: list.map(String).join(', ') }, 'names');
  return [['Tools:', list.length === 0 ? 'all that the policies allow' : names]];
};

const calls = (session: Fields): readonly Line[] => {
  if (!has(session, 'call_budget')) return [];
  const made = ['calls_made', 'total_calls'].find((name) => has(session, name));
  const budget = shown(session, 'call_budget');
  return [
    ['Calls:', made === undefined ? `${budget} at most` : `${shown(session, made)} of ${budget}`],
  ];
};

const limit = (session: Fields): readonly Line[] =>
  has(session, 'rate_limit_per_minute')
    ? [['Rate:', `${shown(session, 'rate_limit_per_minute')} a minute`]]
    : [];

const times = (session: Fields): readonly Line[] => {
  if (has(session, 'expires_at')) {
    const left = has(session, 'seconds_remaining')
      ? ` (${shown(session, 'seconds_remaining')} s left)`
      : '';
    return [['Expires:', `${shown(session, 'expires_at')}${left}`]];
  }
  if (!has(session, 'time_limit_secs')) return [];
  const used = has(session, 'time_used_secs') ? `${shown(session, 'time_used_secs')} of ` : '';
  return [['Time:', `${used}${shown(session, 'time_limit_secs')} s`]];
};

const warnings = (session: Fields): readonly Line[] => {
  const list = session['warnings'];
  return Array.isArray(list) ? list.map((text): Line => ['Warning:', shown({ text }, 'text')]) : [];
};
