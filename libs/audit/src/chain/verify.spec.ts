import fc from 'fast-check';
import type { Envelope, Link, StoredEvent } from './envelope';
import { digestOf, GENESIS, hashOf, linkTo, payloadOf, type Head } from './hash-chain';
import { ChainVerifier, ERASURE_TYPE, type Finding } from './verify';

const at = '2026-01-01T10:00:00.000Z' as Envelope['at'];
const LENGTH = 9;

const appended = (head: Head, type: string, data: object): StoredEvent => {
  const payload = payloadOf(data);
  const position = head.position + 1;
  const facts = {
    stream: `agent/${position % 3}` as const,
    version: Math.floor(position / 3) + 1,
    id: `id-${position}`,
    type,
    schema: 1,
    at,
    actor: { kind: 'admin', id: 'ops' } as const,
    ...(position % 2 === 0 && { tenant: 'tenant' as NonNullable<Envelope['tenant']> }),
    correlation: `correlation-${position}`,
    ...(position % 4 === 0 && { causation: 'cause' }),
    dataDigest: digestOf(payload),
  };
  return linkTo(head, { facts, payload });
};

const logOf = (...entries: readonly (readonly [string, object])[]): StoredEvent[] => {
  let head: Head = GENESIS;
  return entries.map(([type, data]) => {
    const event = appended(head, type, data);
    head = event.link;
    return event;
  });
};

const log = logOf(
  ...Array.from({ length: LENGTH }, (_, n) => ['agent.registered', { n, text: `ü${n}` }] as const),
);

const verify = (events: readonly StoredEvent[], recorded: Head = headOf(log)) => {
  const verifier = new ChainVerifier();
  events.every((event) => verifier.accept(event));
  return verifier.finish(recorded);
};
const headOf = (events: readonly StoredEvent[]): Head => events.at(-1)?.link ?? GENESIS;
const firstBad = (events: readonly StoredEvent[], recorded?: Head): number | undefined =>
  verify(events, recorded).finding?.position;
const replaced = (position: number, event: StoredEvent): StoredEvent[] =>
  log.map((original) => (original.link.position === position ? event : original));
const eventAt = (position: number): StoredEvent => {
  const event = log[position - 1];
  if (event === undefined) throw new Error(`There is no position ${position}.`);
  return event;
};

const anyPosition = fc.integer({ min: 1, max: LENGTH });
const anyBit = fc.nat();

/** The same text with one bit of its UTF-8 changed, as the driver would read it. */
const flipped = (text: string, bit: number): string => {
  const bytes = Buffer.from(text);
  const index = bit % (bytes.length * 8);
  bytes[index >> 3] = (bytes[index >> 3] ?? 0) ^ (1 << (index & 7));
  return bytes.toString();
};

const flippedNumber = (value: number, bit: number): number => value ^ (1 << (bit % 30));

type Change = (event: StoredEvent, bit: number) => StoredEvent;
const inLink =
  (change: (link: Link, bit: number) => Partial<Link>): Change =>
  ({ link, payload }, bit) => ({ link: { ...link, ...change(link, bit) }, payload });
const inPayload =
  (member: 'salt' | 'data'): Change =>
  ({ link, payload }, bit) => ({
    link,
    payload: payload && { ...payload, [member]: flipped(payload[member], bit) },
  });

const changes: Readonly<Record<string, Change>> = {
  stream: inLink(({ stream }, bit) => ({ stream: flipped(stream, bit) as Link['stream'] })),
  version: inLink(({ version }, bit) => ({ version: flippedNumber(version, bit) })),
  id: inLink(({ id }, bit) => ({ id: flipped(id, bit) })),
  type: inLink(({ type }, bit) => ({ type: flipped(type, bit) })),
  schema: inLink(({ schema }, bit) => ({ schema: flippedNumber(schema, bit) })),
  at: inLink((link, bit) => ({ at: flipped(link.at, bit) as Link['at'] })),
  'actor kind': inLink(({ actor }, bit) => ({
    actor: { ...actor, kind: flipped(actor.kind, bit) as Link['actor']['kind'] },
  })),
  'actor id': inLink(({ actor }, bit) => ({ actor: { ...actor, id: flipped(actor.id, bit) } })),
  tenant: inLink(({ tenant }, bit) => ({
    tenant: flipped(tenant ?? 'x', bit) as NonNullable<Link['tenant']>,
  })),
  correlation: inLink(({ correlation }, bit) => ({ correlation: flipped(correlation, bit) })),
  causation: inLink(({ causation }, bit) => ({ causation: flipped(causation ?? 'x', bit) })),
  'data digest': inLink(({ dataDigest }, bit) => ({ dataDigest: flipped(dataDigest, bit) })),
  'previous hash': inLink(({ prev }, bit) => ({ prev: flipped(prev, bit) })),
  hash: inLink(({ hash }, bit) => ({ hash: flipped(hash, bit) })),
  salt: inPayload('salt'),
  data: inPayload('data'),
};

describe('ChainVerifier', () => {
  it('passes a log that is what its hashes commit to', () => {
    expect(verify(log)).toEqual({
      events: LENGTH,
      erased: 0,
      head: expect.objectContaining({ position: LENGTH }),
      finding: undefined,
    });
    expect(verify([], GENESIS).finding).toBeUndefined();
  });

  it.each(Object.entries(changes))('reports any bit that changed in the %s', (_name, change) => {
    fc.assert(
      fc.property(anyPosition, anyBit, (position, bit) => {
        expect(firstBad(replaced(position, change(eventAt(position), bit)))).toBe(position);
      }),
    );
  });

  it('reports a position that changed, where the gap or the repetition begins', () => {
    fc.assert(
      fc.property(anyPosition, fc.integer({ min: -3, max: 40 }), (position, to) => {
        fc.pre(to !== position);
        const { link, payload } = eventAt(position);
        expect(firstBad(replaced(position, { link: { ...link, position: to }, payload }))).toBe(
          Math.min(to, position),
        );
      }),
    );
  });

  it('reports optional members that appeared or went', () => {
    const { link, payload } = eventAt(4);
    const { tenant: _tenant, ...withoutTenant } = link;
    const { causation: _causation, ...withoutCausation } = link;
    expect(firstBad(replaced(4, { link: withoutTenant, payload }))).toBe(4);
    expect(firstBad(replaced(4, { link: withoutCausation, payload }))).toBe(4);
    const bare = eventAt(3);
    const added = { ...bare.link, tenant: '' as NonNullable<Link['tenant']> };
    expect(firstBad(replaced(3, { link: added, payload: bare.payload }))).toBe(3);
  });

  it('reports deletions and insertions at the first position that is wrong', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        const without = log.filter(({ link }) => link.position !== position);
        expect(firstBad(without)).toBe(position);
        // Correctly linked to what is before it, and numbered as if it belonged there.
        const forged = appended(log[position - 2]?.link ?? GENESIS, 'agent.registered', {});
        const [before, after] = [log.slice(0, position - 1), log.slice(position - 1)];
        expect(firstBad([...before, forged, ...after])).toBe(position);
      }),
    );
  });

  it('reports rows, positions or payloads that traded places, at the first of them', () => {
    const anyTwo = fc.uniqueArray(anyPosition, { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(anyTwo, (two) => {
        const [low, high] = [Math.min(...two), Math.max(...two)];
        const swapped = replaced(low, eventAt(high));
        swapped[high - 1] = eventAt(low);
        expect(firstBad(swapped)).toBe(low);
        const numbered = swapped.map(({ link, payload }, index) => ({
          link: { ...link, position: index + 1 },
          payload,
        }));
        expect(firstBad(numbered)).toBe(low);
        const payloads = replaced(low, { ...eventAt(low), payload: eventAt(high).payload });
        expect(firstBad(payloads)).toBe(low);
      }),
    );
  });

  it('reports an event that was replaced together with its hash, at the one after it', () => {
    const forged = appended(eventAt(4).link, 'agent.registered', { n: 'forged' });
    expect(firstBad(replaced(5, forged))).toBe(6);
  });

  it('reports what was cut off the end, and what was added to it', () => {
    expect(firstBad(log.slice(0, 6))).toBe(7);
    expect(firstBad([])).toBe(1);
    expect(firstBad(log, headOf(log.slice(0, 6)))).toBe(7);
    expect(firstBad(log, { position: LENGTH, hash: '0'.repeat(64) })).toBe(LENGTH);
    expect(firstBad(log, GENESIS)).toBe(LENGTH);
  });

  it('says nothing about what follows a finding', () => {
    const verifier = new ChainVerifier();
    expect(verifier.accept(eventAt(2))).toBe(false);
    expect(verifier.accept(eventAt(1))).toBe(false);
    expect(verifier.finish(headOf(log)).finding).toMatchObject({ position: 1 });
  });

  it('reads any salt as one spelling only', () => {
    const { link, payload } = eventAt(2);
    const salt = payload?.salt.toUpperCase() ?? '';
    expect(firstBad(replaced(2, { link, payload: payload && { ...payload, salt } }))).toBe(2);
  });

  describe('erasure', () => {
    const registered = ['agent.registered', {}] as const;
    const erasing = (...positions: readonly number[]) =>
      [ERASURE_TYPE, { positions, reason: 'asked' }] as const;
    const without = (events: readonly StoredEvent[], ...positions: readonly number[]) =>
      events.map(({ link, payload }) => ({
        link,
        payload: positions.includes(link.position) ? undefined : payload,
      }));
    const result = (events: readonly StoredEvent[]) => verify(events, headOf(events));
    const found = (events: readonly StoredEvent[]): Finding | undefined => result(events).finding;

    it('passes payloads that a later event says were erased', () => {
      const events = logOf(registered, registered, erasing(2), registered, erasing(2, 1, 4));
      expect(result(without(events, 1, 2, 4))).toMatchObject({ erased: 3, finding: undefined });
    });

    it('reports a payload that is missing without such an event, the first one first', () => {
      const events = logOf(registered, registered, registered, erasing(3));
      expect(found(without(events, 2, 3))).toMatchObject({ position: 2 });
      const before = logOf(erasing(), registered, registered);
      expect(found(without(before, 3))).toMatchObject({ position: 3 });
    });

    it('does not let an event explain what was erased after it', () => {
      const events = logOf(registered, erasing(3), registered);
      expect(found(without(events, 3))).toMatchObject({ position: 3 });
    });

    it('reports a payload that is there although it was erased', () => {
      const events = logOf(registered, registered, registered, erasing(3, 2));
      expect(found(without(events, 3))).toMatchObject({ position: 2 });
    });

    it('reports the record of an erasure that is itself erased, where it is', () => {
      const events = logOf(registered, registered, erasing(1), erasing(3));
      expect(found(without(events, 1, 3))).toMatchObject({ position: 3 });
    });

    it.each([null, [], {}, { positions: 'x' }, { positions: [1, null] }, { positions: [1.5] }])(
      'reports a record of an erasure that says %j, and does not stumble over it',
      (data) => {
        const events = logOf(registered, [ERASURE_TYPE, data as object]);
        expect(found(without(events, 1))).toMatchObject({ position: 2 });
      },
    );

    it('copes with very many positions', () => {
      const positions = Array.from({ length: 200_000 }, (_, n) => n + 10);
      const events = logOf(registered, [ERASURE_TYPE, { positions, reason: 'asked' }]);
      expect(found(events)).toMatchObject({ position: 10 });
    });
  });

  it('commits to every member of the envelope and nothing else', () => {
    const { hash, ...envelope } = eventAt(4).link;
    expect(hashOf(envelope)).toBe(hash);
  });
});
