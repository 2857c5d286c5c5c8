import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { FakeClock } from '../../runtime/testing/clock.ts';
import { PodLogs, type LogWant } from './source.ts';

const want = (pod: string): LogWant => ({ namespace: 'ml', pod, uid: `uid-${pod}` });

let clock: FakeClock;
let asked: string[];
let errors: string[];
let told: string[];
let answer: (pod: string) => Promise<string | undefined>;
let logs: PodLogs;

beforeEach(() => {
  clock = new FakeClock();
  [asked, errors, told] = [[], [], []];
  answer = (pod) => Promise.resolve(`log of ${pod}`);
  logs = new PodLogs({
    read: ({ pod }) => {
      asked.push(pod);
      return answer(pod);
    },
    clock,
    onError: (key) => errors.push(key),
  });
  logs.onChange((key) => told.push(key));
});

test('a log is read once for as long as it is wanted, and then forgotten', async () => {
  logs.want('ml/a', want('p'));
  logs.want('ml/a', want('p'));
  expect(logs.facts('ml/a')).toBeUndefined();
  await setImmediate();
  expect([asked, told, logs.facts('ml/a')]).toEqual([['p'], ['ml/a'], { uid: 'uid-p', text: 'log of p' }]);
  logs.want('ml/a', undefined);
  expect(logs.facts('ml/a')).toBeUndefined();
});

test('a pod that is gone has no text', async () => {
  answer = () => Promise.resolve(undefined);
  logs.want('ml/a', want('p'));
  await setImmediate();
  expect(logs.facts('ml/a')).toEqual({ uid: 'uid-p' });
});

test('a log that cannot be had is asked for again, ever more rarely', async () => {
  answer = () => Promise.reject(new Error('no answer'));
  logs.want('ml/a', want('p'));
  const pauses: (number | undefined)[] = [];
  for (let round = 0; round < 8; round += 1) {
    await setImmediate();
    pauses.push(clock.untilNext);
    clock.advance(clock.untilNext ?? 0);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000));
  expect([errors.length, told]).toEqual([8, []]);
  answer = () => Promise.resolve('at last');
  await setImmediate();
  clock.advance(60_000);
  await setImmediate();
  expect(logs.facts('ml/a')?.text).toBe('at last');
});

test('what another pod said is not taken for what this one says', async () => {
  const first = Promise.withResolvers<string>();
  answer = (pod) => (pod === 'p' ? first.promise : Promise.resolve('new'));
  logs.want('ml/a', want('p'));
  logs.want('ml/a', want('q'));
  first.resolve('old');
  await setImmediate();
  expect([logs.facts('ml/a'), told]).toEqual([{ uid: 'uid-q', text: 'new' }, ['ml/a']]);
});

test('four are read at a time', async () => {
  const gates = new Map<string, () => void>();
  answer = (pod) => new Promise((resolve) => gates.set(pod, () => resolve(pod)));
  for (const pod of ['1', '2', '3', '4', '5', '6']) logs.want(`ml/${pod}`, want(pod));
  expect(asked).toEqual(['1', '2', '3', '4']);
  gates.get('2')?.();
  await setImmediate();
  expect([asked, told]).toEqual([['1', '2', '3', '4', '5'], ['ml/2']]);
});

test('a hundred logs that cannot be had wait for one timer, and each is asked for again when it is due', async () => {
  answer = () => Promise.reject(new Error('no answer'));
  for (let n = 0; n < 100; n += 1) logs.want(`ml/${n}`, want(String(n)));
  while (asked.length < 100) await setImmediate();
  await setImmediate();
  expect([asked.length, clock.timers]).toEqual([100, 1]);
  clock.advance(1_000);
  while (asked.length < 200) await setImmediate();
  expect(new Set(asked.slice(100)).size).toBe(100);
});

test('nothing is tried again once it is closed', async () => {
  answer = () => Promise.reject(new Error('no answer'));
  logs.want('ml/a', want('p'));
  await setImmediate();
  logs.close();
  expect(clock.untilNext).toBeUndefined();
});
