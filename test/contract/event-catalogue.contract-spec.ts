import { eventCatalogue, type Instant, type Json } from '@arbiter/domain';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAMPLES = join(__dirname, 'samples');
const at = '2026-01-01T10:00:00.000Z' as Instant;

/** One for every schema that was ever written to a log: samples are added, never changed. */
const everySchema = eventCatalogue
  .all()
  .flatMap(({ type, schema }) =>
    Array.from({ length: schema }, (_, n) => ({ type, schema: n + 1 })),
  );

const sampleOf = ({ type, schema }: (typeof everySchema)[number]): Json =>
  JSON.parse(readFileSync(join(SAMPLES, `${type}.v${schema}.json`), 'utf8')) as Json;

describe('event catalogue', () => {
  it.each(everySchema)('still reads $type, schema $schema', (sample) => {
    const { type, schema } = sample;
    expect(eventCatalogue.decode(type, schema, sampleOf(sample), at)).toMatchSnapshot();
  });

  it.each(everySchema)('writes again what it read of $type, schema $schema', (sample) => {
    const { type, schema } = sample;
    const event = eventCatalogue.decode(type, schema, sampleOf(sample), at);
    expect(eventCatalogue.encode(event)).toEqual(event.data);
  });

  it('has a sample of nothing else', () => {
    const names = everySchema.map(({ type, schema }) => `${type}.v${schema}.json`);
    expect(readdirSync(SAMPLES).sort()).toEqual(names.sort());
  });
});
