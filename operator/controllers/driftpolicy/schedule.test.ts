import { describe, expect, test } from '@jest/globals';
import { dueWindow, newestWindow, retentionMs } from './schedule.ts';

const spec = (interval: string, duration: string) => ({ interval, window: { duration, minSamples: 1 } });
const start = Date.parse('2026-03-01T12:00:00Z');
const seconds = (count: number): number => start + count * 1_000;

describe('the newest window', () => {
  const of = (interval: string, duration: string, paneSeconds: number) => ({ spec: spec(interval, duration), paneMs: paneSeconds * 1_000 });
  test.each([
    ['ends at the last multiple of the interval', of('1m', '2m', 10), 130, [0, 120]],
    ['ends with a pane when the interval is no multiple of it', of('50s', '1m', 30), 101, [30, 90]],
    ['holds whole panes: it is never shorter than asked for', of('1m', '50s', 30), 60, [0, 60]],
    ['is the same for every look until the next interval ends', of('1m', '1m', 10), 179, [60, 120]],
  ])('%s', (_name, asked, now, [from = 0, to = 0]) =>
    expect(newestWindow(asked.spec, asked.paneMs, seconds(now))).toEqual({ start: seconds(from), end: seconds(to) }));
});

describe('a window is due', () => {
  const at = (now: number, completeUntil: number) => ({ paneMs: 10_000, completeUntil: seconds(completeUntil), now: seconds(now) });
  const judged = (end: number) => ({ window: { start: new Date(seconds(end - 60)).toISOString(), end: new Date(seconds(end)).toISOString() } });
  test.each([
    ['when all routers have told it', {}, at(61, 60), { window: { start: seconds(0), end: seconds(60) } }],
    ['not before, but soon', {}, at(61, 59), { waitMs: 500 }],
    ['when a router has been silent for long', {}, at(86, 0), { window: { start: seconds(0), end: seconds(60) } }],
    ['once only: the next one is waited for', judged(60), at(61, 61), { waitMs: 59_500 }],
    ['after a pause the newest one, and no other', judged(60), at(301, 301), { window: { start: seconds(240), end: seconds(300) } }],
  ])('%s', (_name, last, when, expected) => expect(dueWindow(spec('1m', '1m'), last, when)).toEqual(expected));
});

test('panes are kept for longer than a window and the wait for it', () => {
  expect(retentionMs(spec('1m', '5m'), 10_000)).toBeGreaterThan(6 * 60_000);
});
