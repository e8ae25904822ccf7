import { describe as describeSession } from './session.description';

it('tells what is left of a session', () => {
  expect(
    describeSession({
      session_id: 's-1',
      agent_id: 'a-1',
      status: 'active',
      declared_intent: 'read\u001b[2J docs',
      authorized_tools: ['read_file', 'list'],
      calls_made: 2,
      call_budget: 10,
      rate_limit_per_minute: null,
      expires_at: '2026-01-01T00:00:00Z',
      seconds_remaining: 60,
      warnings: ['budget low'],
    }),
  ).toEqual([
    'Session:  s-1',
    'Status:   active',
    'Agent:    a-1',
    'Intent:   read\\u001b[2J docs',
    'Tools:    read_file, list',
    'Calls:    2 of 10',
    'Expires:  2026-01-01T00:00:00Z (60 s left)',
    'Warning:  budget low',
  ]);
});

it('tells what a session was used for', () => {
  const lines = describeSession({
    session_id: 's-1',
    status: 'closed',
    total_calls: 3,
    call_budget: 10,
    time_used_secs: 5,
    time_limit_secs: 3600,
    denied_attempts: 0,
  });
  expect(lines).toEqual([
    'Session:  s-1',
    'Status:   closed',
    'Calls:    3 of 10',
    'Time:     5 of 3600 s',
    'Denied:   0',
  ]);
});

it('says what an empty list of tools means', () => {
  expect(describeSession({ session_id: 's-1', authorized_tools: [], call_budget: 5 })).toEqual([
    'Session:  s-1',
    'Tools:    all that the policies allow',
    'Calls:    5 at most',
  ]);
});

it('survives an answer that is none', () => {
  expect(describeSession({ warnings: 'x', authorized_tools: [1, null] })).toEqual([
    'Session:  -',
    'Tools:    1, null',
  ]);
});
