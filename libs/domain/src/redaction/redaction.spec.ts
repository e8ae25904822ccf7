import { REDACTED, redactor } from './redaction';

describe('redaction of arguments', () => {
  const redact = redactor();

  it.each([
    'key',
    'api_key',
    'key2',
    'x-key',
    'apikey',
    'accessToken',
    'apiKeyId',
    'PASSWORD',
    'a.pwd',
  ])('hides the value of %s', (key) => {
    expect(redact({ [key]: { nested: 1 } })).toEqual({ [key]: REDACTED });
  });

  it.each(['monkey', 'keyboard', 'tokenizer', 'author', 'passwordless'])(
    'leaves %s alone',
    (key) => {
      expect(redact({ [key]: 'x' })).toEqual({ [key]: 'x' });
    },
  );

  it('looks into lists and objects, and only at keys', () => {
    expect(redact([{ a: [{ secret: 1 }] }, 'password'])).toEqual([
      { a: [{ secret: REDACTED }] },
      'password',
    ]);
  });

  it('treats a member called __proto__ as data', () => {
    const redacted = redact(JSON.parse('{"__proto__": {"token": 1, "a": 2}}'));
    expect(JSON.stringify(redacted)).toBe(`{"__proto__":{"token":"${REDACTED}","a":2}}`);
  });

  it('stops at 64 levels', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 70; level += 1) deep = [deep];
    expect(JSON.stringify(redact(deep))).toContain('[TRUNCATED: max redaction depth]');
  });

  it('is replaced by a configured list, whose entries are literal', () => {
    const own = redactor(['a.b']);
    expect(own({ password: 'x', 'a.b': 'y', axb: 'z' })).toEqual({
      password: 'x',
      'a.b': REDACTED,
      axb: 'z',
    });
  });
});
