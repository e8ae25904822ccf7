import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonical, canonicalEnvelope } from './canonical';
import type { Envelope } from './envelope';

const text = fc.string({ unit: 'grapheme' });
const json = fc.object({
  key: fc.oneof(text, fc.constantFrom('__proto__', '10', '9', 'é', '\ufb33', '😂')),
  values: [
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  ],
  maxDepth: 4,
  withNullPrototype: false,
});

const envelope: fc.Arbitrary<Envelope> = fc.record(
  {
    position: fc.nat(),
    stream: text.map((id) => `session/${id}` as const),
    version: fc.nat(),
    id: text,
    type: text,
    schema: fc.nat(),
    at: text as fc.Arbitrary<Envelope['at']>,
    actor: fc.record({ kind: fc.constantFrom('admin', 'agent'), id: text }),
    tenant: text as unknown as fc.Arbitrary<NonNullable<Envelope['tenant']>>,
    correlation: text,
    causation: text,
    dataDigest: text,
    prev: text,
  },
  {
    requiredKeys: [
      'position',
      'stream',
      'version',
      'id',
      'type',
      'schema',
      'at',
      'actor',
      'correlation',
      'dataDigest',
      'prev',
    ],
  },
);

describe('canonical text', () => {
  it('is that of RFC 8785, in whatever order the members come', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(value)).toBe(canonicalize(value));
      }),
    );
  });

  it('sorts by UTF-16 code units, where an object would put integers first', () => {
    expect(canonical({ 9: 1, 10: 2 })).toBe('{"10":2,"9":1}');
    expect(canonical({ a: [{ '\ufb33': 1, '😂': 2 }] })).toBe('{"a":[{"😂":2,"\ufb33":1}]}');
  });

  it('is the same for an envelope, optional members present or absent', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        expect(canonicalEnvelope(value)).toBe(canonicalize(value));
      }),
    );
  });
});
