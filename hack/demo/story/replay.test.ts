import { describe, expect, test } from '@jest/globals';
import { newestLine, totalsOf, worldOf } from './replay.ts';

const line = (second: number): string => JSON.stringify({ second, sent: 100 * second, ok: 100 * second, failed: 0, byVersion: { 'fraud-1': 100 * second }, labels: 0, recall: {} });
const totals = { requests: 300, ok: 300, failed: 0, byVersion: { 'fraud-1': 300 }, labels: 290, recall: { 'fraud-1': 0.77 }, unsent: 0, errors: {}, labelErrors: {} };

describe('the log of a replay', () => {
  test('gives its newest complete line', () => {
    expect(newestLine(`warning: slow disk\n${line(1)}\n${line(2)}\n${line(3).slice(0, 20)}`)?.second).toBe(2);
  });

  test('gives nothing before the first second', () => {
    expect(newestLine('')).toBeUndefined();
    expect(totalsOf(`${line(1)}\n`)).toBeUndefined();
    expect(worldOf('')).toBeUndefined();
  });

  test('begins with the days', () => {
    const world = { begin: '2026-01-01T00:00:00Z', daySeconds: 30, pattern: null };
    expect(worldOf(`${JSON.stringify(world)}\n${line(1)}\n`)).toEqual(world);
  });

  test('ends with the totals', () => {
    const log = `${line(1)}\n${JSON.stringify({ totals })}\n`;
    expect(totalsOf(log)).toEqual(totals);
    expect(newestLine(log)?.second).toBe(1);
  });
});
