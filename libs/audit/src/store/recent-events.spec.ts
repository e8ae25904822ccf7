import type { Instant } from '@arbiter/domain';
import type { StoredEvent } from '../chain/envelope';
import { recordedOf } from './draft';
import { RecentEvents } from './recent-events';

const eventAt = (position: number, characters = 2) =>
  recordedOf({
    link: { position, at: '2026-01-01T10:00:00.000Z' as Instant } as StoredEvent['link'],
    payload: { salt: '', data: 'x'.repeat(characters) },
  });
const range = (first: number, last: number, characters?: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => eventAt(first + n, characters));

describe('RecentEvents', () => {
  let recent: RecentEvents;
  const after = (position: number, limit = 1_000_000) =>
    recent.after(position, limit)?.map(({ link }) => link.position);
  /** The oldest position that is still kept, found as a reader would. */
  const oldest = (newest: number) => {
    let position = newest;
    while (position > 0 && after(position - 1) !== undefined) position -= 1;
    return position;
  };

  beforeEach(() => {
    recent = new RecentEvents();
  });

  it('gives what follows a position, up to a limit', () => {
    recent.add(range(5, 9));
    recent.add([eventAt(10)]);
    expect(after(4)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(after(6, 2)).toEqual([7, 8]);
    expect(after(9)).toEqual([10]);
  });

  it('leaves to the storage what it does not keep, before and after', () => {
    expect(after(0)).toBeUndefined();
    recent.add(range(5, 9));
    expect(after(3)).toBeUndefined();
    // An empty answer would send whoever waits for position 10 round and round.
    expect(after(9)).toBeUndefined();
    expect(after(12)).toBeUndefined();
    recent.add([]);
    expect(after(4)).toHaveLength(5);
  });

  it('drops everything at a gap, and when told to', () => {
    recent.add(range(1, 3));
    recent.add(range(5, 6));
    expect(after(0)).toBeUndefined();
    expect(after(4)).toEqual([5, 6]);
    recent.forget();
    expect(after(4)).toBeUndefined();
  });

  it('keeps a bounded number of events, the newest ones', () => {
    for (let position = 1; position <= 20_000; position += 1) recent.add([eventAt(position)]);
    expect(oldest(20_000)).toBeGreaterThan(20_000 - 8_192 - 1);
    expect(oldest(20_000)).toBeLessThanOrEqual(20_000 - 4_096 + 1);
  });

  it('keeps a bounded amount of payload', () => {
    for (let position = 1; position <= 100; position += 1)
      recent.add([eventAt(position, 1_000_000)]);
    // 16 Mi characters of a million each, and up to twice as many before they are dropped.
    expect(oldest(100)).toBeGreaterThanOrEqual(100 - 33);
    expect(oldest(100)).toBeLessThanOrEqual(100 - 15);
    recent.add([eventAt(101, 100_000_000)]);
    expect(after(100)).toBeUndefined();
    recent.add([eventAt(102)]);
    expect(after(101)).toEqual([102]);
  });
});
