import { describe, expect, test } from '@jest/globals';
import { bar, bytes, clock, count, figures, row, secondsBetween, shortDigest } from './format.ts';

describe('texts for people', () => {
  test.each([
    [0, '  0:00'],
    [59_999, '  0:59'],
    [61_000, '  1:01'],
    [3_600_000, ' 60:00'],
  ])('%i ms is %s', (ms, text) => expect(clock(ms)).toBe(text));

  test('lines are aligned and have no blanks at their end', () => {
    expect(row('  0:01', 'run', 'ingest')).toBe('  0:01  run        ingest');
    expect(row('', '', 'more')).toBe('                   more');
    expect(row('  0:01', 'run', '')).toBe('  0:01  run');
  });

  test('numbers of rows and shares are told apart', () => {
    expect(figures({ recall: 0.77412, rows: 35_012, perfect: 1 })).toBe('recall 0.774  rows 35,012  perfect 1.000');
    expect(count(1_204.4)).toBe('1,204');
  });

  test.each([
    [999, '999 B'],
    [85_004, '85 kB'],
    [1_250_000, '1.3 MB'],
  ])('%i bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  test('a bar is as wide at 0 as at 100', () => {
    expect(bar(0)).toBe('[                    ]');
    expect(bar(25)).toBe('[=====               ]');
    expect(bar(100)).toBe('[====================]');
  });

  test('digests are cut and times subtracted', () => {
    expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('sha256:abababababab');
    expect(secondsBetween('2026-01-01T00:00:00Z', '2026-01-01T00:01:02Z')).toBe(62);
  });
});
