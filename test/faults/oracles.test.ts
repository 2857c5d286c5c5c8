import { describe, expect, test } from '@jest/globals';
import { differences, digestOf, maskOf, unexplained } from './digest.ts';
import { performance, revision } from './histories.ts';
import { namingOf } from './naming.ts';
import { deviations } from './oracles.ts';
import { columnOf, crashPairs, describePlan, faultPlans, sample, stalePlans, unobservedPlans } from './plan.ts';
import { modes, type Performance, type Revision, type Write } from './world.ts';

const write = (number: number, signature: string, status = 200): Write => ({ number, instance: 0, signature: `${signature} #1`, verb: 'PATCH', plural: '', name: '', status, position: number * 10 });

describe('plans', () => {
  const writes = [write(1, 'PATCH modelkeeper.dev/pipelines fraud/status'), write(2, 'PATCH batch/jobs train-*', 201), write(3, 'DELETE batch/jobs train-*')];

  test('every write gets every mode', () => expect(faultPlans(writes)).toHaveLength(writes.length * modes.length));

  test('a crash after a write that is dear to repeat shows the next process what was before it', () => {
    expect(stalePlans(writes).map(describePlan)).toEqual(['killAfter at 2, blind to all after revision 20', 'killAfter at 3, blind to all after revision 30', 'killAfter at 3, blind to all after revision 20']);
  });

  test('each event that is followed by one of the same object is hidden once', () => {
    const history = [revision('jobs', 'a'), revision('services', 's'), revision('jobs', 'b'), revision('jobs', 'a'), revision('services', 's')];
    expect(unobservedPlans(history).map(describePlan)).toEqual(['blind to jobs/a in revisions 0 to 3']);
  });

  test('pairs of crashes are in order and within the trace', () => {
    const pairs = crashPairs(writes, 20, 7).map(({ faults: [first, second] }) => [first?.at ?? 0, second?.at ?? 0] as const);
    expect(pairs.every(([first, second]) => first >= 1 && first < second && second <= writes.length)).toBe(true);
    expect(crashPairs(writes.slice(0, 1), 20, 7)).toEqual([]);
  });

  test('a sample follows from its seed and keeps the order', () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    const some = sample(all, 10, 3);
    expect([some.length, some, sample(all, 200, 3).length]).toEqual([10, [...sample(all, 10, 3)].sort((a, b) => a - b), 100]);
    expect(sample(all, 10, 4)).not.toEqual(some);
  });

  test.each([
    [{ faults: [{ at: 3, mode: 409 as const }] }, '409'],
    [{ faults: [{ at: 3, mode: 'killAfter' as const }], sights: [undefined, { frozen: { after: 1, forMs: 1 } }] }, 'stale'],
    [{ faults: [] }, 'no fault'],
  ])('plans are counted by what they do', (plan, column) => expect(columnOf(plan)).toBe(column));
});

describe('the digest', () => {
  const history = (uid: string, hash: string, at: string): Revision[] => [
    revision('pipelineruns', `fraud-${hash}`, { uid, live: { status: { startedAt: at, writerEpoch: 3, steps: [{ name: 'train', job: { name: `fraud-${hash}-train-${hash}` } }] } } }),
    revision('jobs', `fraud-${hash}-train-${hash}`, { uid: `${uid.slice(0, -1)}9`, owner: { kind: 'PipelineRun', name: `fraud-${hash}`, uid }, labels: { 'modelkeeper.dev/step': 'train' }, live: { status: { conditions: [{ type: 'Complete', status: 'True' }] } } }),
    revision('pods', 'whatever', { uid: 'p', labels: { 'modelkeeper.dev/step': 'train' } }),
  ];
  const of = (all: readonly Revision[]) => digestOf(all, namingOf(all, 'ml'));
  const one = history('11111111-1111-4111-8111-111111111111', 'aaaaaaaa', '2026-01-01T00:00:00Z');
  const other = history('22222222-2222-4222-8222-222222222222', 'bbbbbbbb', '2026-02-02T00:00:00Z');

  test('is the same whatever uids, names made of uids, times and terms are', () => expect(of(one)).toEqual(of(other)));

  test('tells what there is, and how Jobs ended', () => expect(of(one)).toMatchObject({
    'jobs/fraud-*-train-*[train]': { ended: ['Complete'], owner: { kind: 'PipelineRun', name: 'fraud-*' } },
    'pipelineruns/fraud-*': { status: { startedAt: '<time>', steps: [{ job: { name: 'fraud-*-train-*[train]' } }] } },
    pods: { train: 1 },
  }));

  test('differs when an object is gone', () => expect(of([...one, { ...one[1], type: 'Deleted' } as Revision])).not.toEqual(of(one)));

  test('two objects of one sort are told apart by the order of their creation', () => {
    const naming = namingOf([revision('jobs', 'a-11111111'), revision('jobs', 'a-22222222')], 'ml');
    expect([naming.object('jobs', 'a-11111111'), naming.object('jobs', 'a-22222222'), naming.text('see a-22222222 at 10.0.0.1 in ml')]).toEqual(['jobs/a-*', 'jobs/a-*#2', 'see a-*#2 at <address> in <namespace>']);
  });

  test('a mask explains what two references differ in, and nothing else', () => {
    const mask = [...maskOf({ a: { b: 1, c: 1 } }, { a: { b: 2, c: 1 } })];
    expect([mask, unexplained(differences({ a: { b: 1, c: 1 } }, { a: { b: 7, c: 2 } }), mask)]).toEqual([['/a/b'], [{ path: '/a/c', before: 1, after: 2 }]]);
  });
});

describe('deviations', () => {
  const reference = { performance: performance({ digest: { a: 1 }, creations: { 'jobs/a': 1 }, effects: { k: 1 } }), mask: [] };
  const crash: Performance['plan'] = { faults: [{ at: 1, mode: 'killAfter' }] };
  const pause: Performance['plan'] = { faults: [{ at: 1, mode: 'pause' }] };
  const held: Write = { ...write(1, 'PATCH batch/jobs a', 201), plural: 'jobs', name: 'a' };
  const again = { digest: { a: 1, 'jobs/a': {} }, creations: { 'jobs/a': 2 } };

  test.each<[string, Partial<Performance>, readonly string[]]>([
    ['the same again is none', {}, []],
    ['another end', { digest: { a: 2 } }, ['end state']],
    ['an object that was created twice', { creations: { 'jobs/a': 2 } }, ['creations']],
    ['an object that was deleted', { deletions: { 'jobs/a': 1 } }, ['deletions']],
    ['a notice that came twice', { effects: { k: 2 } }, ['effects']],
    ['a notice that came twice with a crash is none', { effects: { k: 2 }, plan: crash }, []],
    ['a notice that came three times with a crash', { effects: { k: 3 }, plan: crash }, ['effects']],
    ['a notice that never came', { effects: {} }, ['effects']],
    ['an object that was created once more by a process that was paused at just that', { ...again, plan: pause, writes: [held] }, []],
    ['an object that was created once more by one that was paused at another write', { ...again, plan: pause, writes: [{ ...held, name: 'b' }] }, ['end state', 'creations']],
    ['an object that was created twice more after a pause', { ...again, creations: { 'jobs/a': 3 }, plan: pause, writes: [held] }, ['end state', 'creations']],
    ['an object that was created once more after a crash', { ...again, plan: crash, writes: [held] }, ['end state', 'creations']],
  ])('%s', (_, changes, expected) => {
    expect(deviations({ ...reference.performance, ...changes }, reference).map(({ oracle }) => oracle)).toEqual(expected);
  });
});
