import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { block, Schedule, seededRandom, type Share } from './schedule.ts';

const share = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 4 }).map((cuts) => {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), 100];
  return edges.slice(1).map((edge, i): Share => ({ version: `v${i}`, weight: edge - (edges[i] ?? 0) }));
});

function take(schedule: Schedule, n: number): string[] {
  return Array.from({ length: n }, () => schedule.next() ?? '');
}

const countOf = (versions: readonly string[], version: string): number => versions.filter((one) => one === version).length;

describe('a schedule', () => {
  test('gives each version exactly its weight in every block of 100', () => {
    fc.assert(fc.property(share, fc.string(), (shares, seed) => {
      const random = seededRandom(seed);
      for (let i = 0; i < 3; i += 1) {
        const versions = block(shares, random);
        for (const { version, weight } of shares) expect(countOf(versions, version)).toBe(weight);
      }
    }));
  });

  test('stays within 4 of the weight over any 100 consecutive requests', () => {
    fc.assert(fc.property(share, fc.string(), fc.integer({ min: 0, max: 100 }), (shares, seed, offset) => {
      const versions = take(new Schedule(shares, seededRandom(seed)), 300).slice(offset, offset + 100);
      for (const { version, weight } of shares) expect(Math.abs(countOf(versions, version) - weight)).toBeLessThanOrEqual(4);
    }));
  });

  test('shows a client that calls at any fixed period both versions', () => {
    const versions = take(new Schedule([{ version: 'a', weight: 50 }, { version: 'b', weight: 50 }], seededRandom('x')), 20_000);
    for (const period of [2, 3, 4, 5, 10, 20, 25, 50, 100]) {
      const seen = versions.filter((_, i) => i % period === 0);
      const portion = countOf(seen, 'a') / seen.length;
      expect(portion).toBeGreaterThan(0.35);
      expect(portion).toBeLessThan(0.65);
    }
  });

  test('repeats for the same seed and differs for another', () => {
    const shares = [{ version: 'a', weight: 30 }, { version: 'b', weight: 70 }];
    const of = (seed: string): string[] => take(new Schedule(shares, seededRandom(seed)), 500);
    expect(of('x')).toEqual(of('x'));
    expect(of('x')).not.toEqual(of('y'));
  });

  test('has no version when there is no share', () => {
    expect(new Schedule([], Math.random).next()).toBeUndefined();
  });

  test('substitutes in proportion and uses up no turn', () => {
    const shares = [{ version: 'gone', weight: 10 }, { version: 'a', weight: 60 }, { version: 'b', weight: 30 }];
    const schedule = new Schedule(shares, seededRandom('x'));
    const served = { a: 0, b: 0 };
    for (let i = 0; i < 10_000; i += 1) {
      const version = schedule.next() === 'gone' ? schedule.substitute((candidate) => candidate !== 'gone') : undefined;
      if (version === 'a' || version === 'b') served[version] += 1;
    }
    expect(served.a + served.b).toBe(1_000);
    expect(served.a).toBeGreaterThan(served.b);
    expect(served.b).toBeGreaterThan(100);
  });
});
