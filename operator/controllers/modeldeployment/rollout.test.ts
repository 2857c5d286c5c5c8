import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { at, change, digest, frozen, make, now, type Change } from '../../../test/make.ts';
import { canonicalJson } from '../../runtime/canonical.ts';
import { drainMs, nextRecord, overdue, type Fresh, type Recorded, type VersionState } from './rollout.ts';
import { windowOf } from './routing.ts';
import type { CheckVerdict } from './verdict.ts';

/** Steps of 20 % for at least 10 s and of 50 %; 10 minutes to get ready. */
const spec = make.deployment().spec;
const images = { agent: 'agent:1', server: 'server:1' };
const passed: CheckVerdict = { name: 'errors', verdict: 'Passed', message: 'ErrorRate: fine' };
const undecided: CheckVerdict = { name: 'errors', verdict: 'Inconclusive', message: 'ErrorRate: 3 of 100 requests' };
const failed: CheckVerdict = { name: 'errors', verdict: 'Failed', message: 'ErrorRate: 9 %' };

type Version = Recorded['versions'][number];
const served = (name: string) => ({ uri: `pvc://store/${name}`, digest: digest('a'), format: 'sklearn' as const });
const version = (name: string, role: Version['role'], weight: number, changes: Partial<Version> = {}): Version =>
  ({ name, role, state: 'Ready', weight, ...served(name), agentImage: 'agent:1', serverImage: 'server:1', ...changes });
/** The fresh facts, with the name alone of the version that is asked for. */
type Facts = Omit<Partial<Fresh>, 'target'> & { readonly target?: string | undefined };
const fresh = ({ target, ...changes }: Facts = {}): Fresh => {
  const state = changes.state ?? ((): VersionState => 'Ready');
  return {
    target: target === undefined ? undefined : { version: target, served: served(target) },
    specDigest: 'digest', state, serves: (name) => state(name) === 'Ready', routersConfirm: true, verdicts: [],
    asked: { promote: undefined, abort: undefined, retry: undefined }, images, now, ...changes,
  };
};
const asked = (changes: Partial<Fresh['asked']>): Fresh['asked'] => ({ promote: undefined, abort: undefined, retry: undefined, ...changes });

const empty: Recorded = { versions: [], handled: {} };
const steady: Recorded = { desiredVersion: 'fraud-1', activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, versions: [version('fraud-1', 'Active', 100)], handled: {} };
const starting: Recorded = {
  desiredVersion: 'fraud-2', activeVersion: 'fraud-1', rollout: { version: 'fraud-2', startedAt: at(-60), verdicts: [] }, weight: { desired: 0, verified: 0 },
  versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Candidate', 0)], handled: {},
};
const stepping: Recorded = {
  ...starting, step: { index: 0, startedAt: at(-30), verifiedAt: at(-20) }, weight: { desired: 20, verified: 20 },
  versions: [version('fraud-1', 'Active', 80), version('fraud-2', 'Candidate', 20)],
};
const rolledBack: Recorded = {
  desiredVersion: 'fraud-2', activeVersion: 'fraud-1', weight: { desired: 0, verified: 20 },
  failedVersion: { name: 'fraud-2', reason: 'AnalysisFailed', message: 'errors: ErrorRate: 9 %', at: at(0) },
  versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Draining', 0, { drainingSince: at(0) })],
  handled: { spec: 'digest' },
};

const next = (before: Recorded, facts: Facts = {}, own: typeof spec = spec): Recorded =>
  nextRecord(frozen(own), frozen(before), frozen(fresh({ target: 'fraud-2', ...facts })));
const changed = (before: Recorded, changes: Change<Recorded>): Recorded => change(before, changes);

describe('the first version', () => {
  test('gets all requests as soon as there is one', () => {
    expect(next(empty, { target: 'fraud-1', state: () => 'Pending', routersConfirm: false })).toEqual({
      desiredVersion: 'fraud-1', rollout: { version: 'fraud-1', startedAt: at(0), verdicts: [] }, weight: { desired: 100, verified: 0 },
      versions: [version('fraud-1', 'Candidate', 100, { state: 'Pending' })], handled: { promote: undefined, abort: undefined },
    });
  });

  const first: Recorded = { ...starting, desiredVersion: 'fraud-1', rollout: { version: 'fraud-1', startedAt: at(-3_600), verdicts: [] }, activeVersion: undefined, versions: [version('fraud-1', 'Candidate', 100)] };

  test('takes over without steps once it is ready', () => {
    expect(next(first, { target: 'fraud-1' })).toEqual({
      desiredVersion: 'fraud-1', activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, versions: [version('fraud-1', 'Active', 100)], handled: {},
    });
  });

  test('is not given up for being late: nothing else could serve', () => {
    const late = next(first, { target: 'fraud-1', state: () => 'Loading' });
    expect([late.rollout?.version, late.failedVersion]).toEqual(['fraud-1', undefined]);
  });

  test('gives way to a newer one', () => {
    const { rollout, versions } = next(first, { target: 'fraud-2', state: () => 'Pending' });
    expect([rollout?.version, versions]).toEqual(['fraud-2', [
      version('fraud-1', 'Draining', 0, { state: 'Pending', drainingSince: at(0) }), version('fraud-2', 'Candidate', 100, { state: 'Pending' }),
    ]]);
  });
});

describe('a new version', () => {
  test('gets no requests before it is ready', () => {
    const begun = next(steady, { state: (name) => (name === 'fraud-2' ? 'Pending' : 'Ready') });
    expect(begun).toEqual({
      ...steady, desiredVersion: 'fraud-2', weight: { desired: 0, verified: 0 },
      rollout: { version: 'fraud-2', startedAt: at(0), verdicts: [] }, handled: { promote: undefined, abort: undefined },
      versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Candidate', 0, { state: 'Pending' })],
    });
  });

  test('enters the first step when it is ready', () => {
    expect(next(starting)).toEqual({ ...stepping, step: { index: 0, startedAt: at(0) }, weight: { desired: 20, verified: 0 } });
  });

  test('is given up when it is not ready in time', () => {
    const late = changed(starting, { rollout: { startedAt: at(-600) } });
    expect(next(late, { state: () => 'Failed' })).toEqual({
      ...rolledBack, weight: { desired: 0, verified: 0 },
      failedVersion: { name: 'fraud-2', reason: 'ProgressDeadlineExceeded', message: 'the pods were not ready within 10m', at: at(0) },
      versions: [version('fraud-1', 'Active', 100, { state: 'Failed' }), version('fraud-2', 'Draining', 0, { state: 'Failed', drainingSince: at(0) })],
    });
    expect(next(late, { state: () => 'Failed', now: now - 1_000 }).rollout?.version).toBe('fraud-2');
  });

  test('takes over without steps at once', () => {
    const direct = { ...spec, rollout: { ...spec.rollout, steps: [] } };
    expect(next(starting, {}, direct)).toEqual({
      desiredVersion: 'fraud-2', activeVersion: 'fraud-2', weight: { desired: 100, verified: 0 }, handled: {},
      versions: [version('fraud-1', 'Draining', 0, { drainingSince: at(0) }), version('fraud-2', 'Active', 100)],
    });
  });
});

describe('a step', () => {
  test('begins to count its pause when the routers have its weight', () => {
    const entered = changed(stepping, { step: { verifiedAt: undefined }, weight: { verified: 0 } });
    expect(next(entered, { routersConfirm: false, verdicts: [passed] })).toEqual(entered);
    expect(next(entered, { verdicts: [passed] })).toEqual({ ...stepping, step: { index: 0, startedAt: at(-30), verifiedAt: at(0) }, rollout: { ...stepping.rollout, verdicts: [passed] } });
  });

  test('gives up what fails before every router has its weight', () => {
    const entered = changed(stepping, { step: { verifiedAt: undefined }, weight: { verified: 0 } });
    expect(next(entered, { routersConfirm: false, verdicts: [{ ...passed, verdict: 'Failed' }] }).failedVersion?.name).toBe('fraud-2');
  });

  const judged = changed(stepping, { rollout: { verdicts: [passed] } });

  test('has its verdict recorded before it ends', () => expect(next(stepping, { verdicts: [passed] })).toEqual(judged));

  test('ends after its pause, when every check has passed', () => {
    expect(next(judged, { verdicts: [passed] })).toEqual({
      ...stepping, step: { index: 1, startedAt: at(0) }, weight: { desired: 50, verified: 20 },
      versions: [version('fraud-1', 'Active', 50), version('fraud-2', 'Candidate', 50)],
    });
  });

  test.each<[string, Change<Recorded>, Facts]>([
    ['its pause', { step: { verifiedAt: at(-9) } }, { verdicts: [passed] }],
    ['the routers', {}, { verdicts: [passed], routersConfirm: false }],
    ['a verdict', {}, { verdicts: [undecided] }],
    ['a verdict, for good', { step: { startedAt: at(-100_000) } }, { verdicts: [undecided] }],
    ['data', {}, { verdicts: [{ ...undecided, verdict: 'NoData' }] }],
    ['pods that are no longer ready', {}, { verdicts: [passed], state: (name) => (name === 'fraud-2' ? 'Loading' : 'Ready') }],
  ])('waits for %s', (_name, changes, facts) => expect(next(changed(judged, changes), facts).step?.index).toBe(0));

  test('tells the numbers of a verdict once', () => {
    const told = changed(stepping, { rollout: { verdicts: [undecided] } });
    expect(next(told, { verdicts: [{ ...undecided, message: 'ErrorRate: 4 of 100 requests' }] })).toEqual(told);
  });

  test('that is the last is followed by the takeover', () => {
    const last = changed(judged, { step: { index: 1 }, weight: { desired: 50, verified: 50 }, versions: [version('fraud-1', 'Active', 50), version('fraud-2', 'Candidate', 50)] });
    expect(next(last, { verdicts: [passed] })).toEqual({
      desiredVersion: 'fraud-2', activeVersion: 'fraud-2', weight: { desired: 100, verified: 50 }, handled: {},
      versions: [version('fraud-1', 'Draining', 0, { drainingSince: at(0) }), version('fraud-2', 'Active', 100)],
    });
  });
});

describe('a version is given up', () => {
  test('at once when a check fails, whatever the pause', () => {
    expect(next(stepping, { verdicts: [failed], routersConfirm: true })).toEqual(rolledBack);
  });

  test.each<[string, Facts, typeof spec]>([
    ['while the rollout is suspended', {}, { ...spec, suspend: true }],
    ['while its ModelVersion is missing', { target: undefined }, spec],
  ])('when a check fails or people abort, also %s', (_name, facts, own) => {
    expect(next(stepping, { ...facts, verdicts: [failed] }, own).failedVersion?.reason).toBe('AnalysisFailed');
    expect(next(stepping, { ...facts, asked: asked({ abort: '1' }) }, own).failedVersion?.reason).toBe('Aborted');
  });

  test('when people abort, once for each token', () => {
    const aborted = next(stepping, { asked: asked({ abort: '1' }) });
    expect([aborted.failedVersion, aborted.handled]).toEqual([{ name: 'fraud-2', reason: 'Aborted', message: 'aborted by annotation', at: at(0) }, { abort: '1', spec: 'digest' }]);
    expect(next(changed(stepping, { handled: { abort: '1' } }), { asked: asked({ abort: '1' }) }).rollout?.version).toBe('fraud-2');
  });

  test('and stays so until the spec changes or a retry is asked for', () => {
    const later = { now: now + 60_000 };
    expect(next(rolledBack, later).rollout).toBeUndefined();
    expect(next(rolledBack, { ...later, asked: asked({ retry: '1' }) })).toMatchObject({ rollout: { version: 'fraud-2' }, handled: { retry: '1' } });
    expect(next(changed(rolledBack, { handled: { retry: '1' } }), { ...later, asked: asked({ retry: '1' }) }).rollout).toBeUndefined();
    expect(next(rolledBack, { ...later, specDigest: 'another' }).rollout?.version).toBe('fraud-2');
  });

  test('and the next version is tried', () => {
    const record = next(rolledBack, { target: 'fraud-3', state: (name) => (name === 'fraud-3' ? 'Pending' : 'Ready') });
    expect([record.rollout?.version, record.failedVersion?.name, record.weight]).toEqual(['fraud-3', 'fraud-2', { desired: 0, verified: 0 }]);
  });
});

describe('people', () => {
  test('promote a version that is ready', () => {
    expect(next(stepping, { verdicts: [undecided], asked: asked({ promote: '1' }) })).toMatchObject({ activeVersion: 'fraud-2', handled: { promote: '1' } });
  });
  test('promote a version that is not ready as soon as it is', () => {
    const waiting = next(starting, { state: () => 'Loading', asked: asked({ promote: '1' }) });
    expect(waiting.handled).toEqual({});
    expect(next(waiting, { asked: asked({ promote: '1' }) }).activeVersion).toBe('fraud-2');
  });
  test('asked for nothing that concerns a rollout which began later', () => {
    const tokens = asked({ promote: 'old', abort: 'old' });
    const begun = next(steady, { asked: tokens });
    expect([begun.handled, begun.step?.index, begun.failedVersion]).toEqual([{ promote: 'old', abort: 'old' }, 0, undefined]);
    expect(next(begun, { asked: tokens }).rollout?.version).toBe('fraud-2');
  });
});

describe('the rollout', () => {
  test('goes back when the active version is asked for again, and the share told is that of the active version', () => {
    const back = next(stepping, { target: 'fraud-1' });
    expect(back).toEqual({
      ...steady, weight: { desired: 100, verified: 80 },
      versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Draining', 0, { drainingSince: at(0) })],
    });
    expect(next(back, { target: 'fraud-1' }).weight).toEqual({ desired: 100, verified: 100 });
  });

  test('tells the share of the active version when it is asked for after a failure', () => {
    expect(next(rolledBack, { target: 'fraud-1' })).toMatchObject({ desiredVersion: 'fraud-1', weight: { desired: 100, verified: 100 } });
  });

  test('turns to a newer version, whose verdicts start afresh', () => {
    const turned = next(stepping, { target: 'fraud-3', verdicts: [passed], state: (name) => (name === 'fraud-3' ? 'Loading' : 'Ready') });
    expect(turned).toEqual({
      ...steady, desiredVersion: 'fraud-3', weight: { desired: 0, verified: 0 }, handled: { promote: undefined, abort: undefined },
      rollout: { version: 'fraud-3', startedAt: at(0), verdicts: [] },
      versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Draining', 0, { drainingSince: at(0) }), version('fraud-3', 'Candidate', 0, { state: 'Loading' })],
    });
  });

  test.each<[string, Recorded, Facts, typeof spec]>([
    ['while suspended', stepping, { verdicts: [passed] }, { ...spec, suspend: true }],
    ['while its ModelVersion is missing', stepping, { target: undefined, verdicts: [passed] }, spec],
    ['and does not begin while suspended', steady, { target: 'fraud-2' }, { ...spec, suspend: true }],
  ])('stands still %s', (_name, before, facts, own) => {
    const { rollout, step, versions, activeVersion } = next(before, facts, own);
    expect({ rollout, step, versions, activeVersion }).toEqual({ rollout: before.rollout, step: before.step, versions: before.versions, activeVersion: before.activeVersion });
  });

  test('waits when the record holds no further version', () => {
    const full = { ...steady, versions: [...steady.versions, ...Array.from({ length: 7 }, (_, index) => version(`old-${index}`, 'Draining', 0, { drainingSince: at(0) }))] };
    expect(next(full, { routersConfirm: false })).toMatchObject({ versions: full.versions, desiredVersion: 'fraud-2', activeVersion: 'fraud-1' });
    expect(next(full, { routersConfirm: false }).rollout).toBeUndefined();
  });
});

describe('a draining version keeps its pods', () => {
  const draining = (seconds: number): Recorded => ({ ...steady, versions: [...steady.versions, version('fraud-0', 'Draining', 0, { drainingSince: at(seconds) })] });
  test.each<[string, Recorded, boolean, number]>([
    ['until every router has taken its traffic away', draining(-3_600), false, 2],
    ['for a while after', draining(-(drainMs / 1_000) + 1), true, 2],
    ['no longer', draining(-(drainMs / 1_000)), true, 1],
  ])('%s', (_name, before, routersConfirm, count) => expect(next(before, { target: 'fraud-1', routersConfirm }).versions).toHaveLength(count));
});

test('a step is overdue after its pause and the deadline', () => {
  expect([at(-609), at(-610)].map((startedAt) => overdue(spec, changed(stepping, { step: { startedAt } }), now))).toEqual([false, true]);
  expect(overdue(spec, steady, now)).toBe(false);
});

describe('whatever happens', () => {
  /** The first value most of the time, one of the others now and then. */
  const mostly = <T>(usual: T, ...others: readonly T[]) => fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
  const token = mostly<string | undefined>(undefined, '1', '2');
  const moment = fc.record({
    target: fc.oneof(
      { weight: 12, arbitrary: fc.constant('the same') },
      { weight: 1, arbitrary: fc.constantFrom(undefined, 'fraud-1', 'fraud-2', 'fraud-3', 'fraud-4', 'fraud-5', 'fraud-6', 'fraud-7', 'fraud-8', 'fraud-9', 'fraud-10') },
    ),
    state: mostly<VersionState>('Ready', 'Pending', 'Loading', 'Failed'),
    old: mostly<VersionState>('Ready', 'Pending', 'Failed'),
    routersFollow: mostly(true, false),
    verdict: mostly<CheckVerdict['verdict']>('Passed', 'Inconclusive', 'Failed', 'NoData'),
    tokens: fc.record({ promote: token, abort: token, retry: mostly<string | undefined>('1', '2') }),
    specDigest: mostly('a', 'b'),
    suspend: mostly(false, true),
    passes: fc.constantFrom(0, 1_000, 10_000, 20_000, 20_000, 700_000),
  });
  /** What routers are told of a record: it decides whether what they have confirmed is that. */
  const configuration = (record: Recorded): string => canonicalJson([record.versions.filter(({ role }) => role !== 'Draining').map(({ name, weight }) => [name, weight]), windowOf(record)]);

  test('weights add up, one version at most is a candidate, an active version stays one, and looking again comes to rest', () => {
    let rolledOut = 0;
    fc.assert(fc.property(fc.array(moment, { minLength: 1, maxLength: 40, size: 'max' }), (moments) => {
      let record = empty;
      let confirmed = configuration(empty);
      let time = now;
      let target: string | undefined = 'fraud-1';
      for (const { target: asks, state, old, routersFollow, verdict, tokens, specDigest, suspend, passes } of moments) {
        time += passes;
        target = asks === 'the same' ? target : asks;
        const current = target;
        if (routersFollow) confirmed = configuration(record);
        const window = windowOf(record);
        const facts = (of: Recorded): Fresh => frozen(fresh({
          target: current, specDigest, asked: tokens, now: time,
          state: (name) => (name === current ? state : old),
          routersConfirm: configuration(of) === confirmed,
          // Routers have counted in the window they knew; in another one they have not counted yet.
          verdicts: of.rollout && of.step && of.activeVersion !== undefined ? [{ name: 'errors', verdict: windowOf(of) === window ? verdict : 'NoData', message: 'm' }] : [],
        }));
        const own = { ...spec, suspend };
        const after = nextRecord(frozen(own), frozen(record), facts(record));
        // A verdict is recorded before it has consequences: so the third look, not the second, changes nothing.
        const second = nextRecord(own, frozen(after), facts(after));
        const third = nextRecord(own, frozen(second), facts(second));
        expect(nextRecord(own, frozen(third), facts(third))).toEqual(third);
        expect(nextRecord(own, record, facts(record))).toEqual(after);

        const serving = after.versions.filter(({ role }) => role !== 'Draining');
        const sum = serving.reduce((total, { weight }) => total + weight, 0);
        if (after.activeVersion !== undefined) expect(sum).toBe(100);
        else expect([0, 100]).toContain(sum);
        for (const { role, weight } of after.versions) if (role === 'Draining') expect(weight).toBe(0);
        expect(serving.filter(({ role }) => role === 'Candidate').length).toBe(after.rollout ? 1 : 0);
        expect(serving.filter(({ role }) => role === 'Active').map(({ name }) => name)).toEqual(after.activeVersion === undefined ? [] : [after.activeVersion]);
        if (record.activeVersion !== undefined) expect(after.activeVersion).toBeDefined();
        if (record.activeVersion !== undefined && after.activeVersion !== record.activeVersion) rolledOut += 1;
        expect(new Set(after.versions.map(({ name }) => name)).size).toBe(after.versions.length);
        expect(after.versions.length).toBeLessThanOrEqual(8);
        for (const { name, role } of record.versions) if (role !== 'Draining') expect(after.versions.map((version) => version.name)).toContain(name);
        record = after;
      }
    }), { numRuns: 500 });
    // The facts are such that rollouts come to their end.
    expect(rolledOut).toBeGreaterThan(100);
  });
});
