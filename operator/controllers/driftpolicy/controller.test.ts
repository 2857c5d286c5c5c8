import { describe, expect, test } from '@jest/globals';
import { at, change, digest, frozen, make, namespace, now, sources, type Change } from '../../../test/make.ts';
import type { DriftPolicyStatus } from '../../api/v1alpha1/driftpolicy.ts';
import type { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import type { Pane } from '../../dataplane/routing.ts';
import { noOutcomes } from '../../profile/window.ts';
import type { Condition } from '../../api/kind.ts';
import type { NoticeFacts } from '../../notify/notice.ts';
import { issuerLabel } from '../../runtime/names.ts';
import { held, type HeldPane } from '../modeldeployment/panes.ts';
import { driftPolicyController } from './controller.ts';
import { noticeKey, runName } from './names.ts';
import type { LivePolicy, Seen } from './observation.ts';

const minute = 60_000;
const controller = driftPolicyController(sources.drift);
const act = (policy: LivePolicy, seen: Seen): ReturnType<typeof controller.act> => controller.act(policy, seen);
const decide = (policy: LivePolicy, seen: Seen, ms: number): ReturnType<typeof controller.decide> => controller.decide(policy, seen, ms);

const deployment = make.deployment({
  spec: { capture: { enabled: true, sampleRate: 1, paneDuration: '30s', feedback: true } },
  status: { activeVersion: 'fraud-1' },
});
const baseline = { digest: digest('b'), profile: make.profile };

/** What one minute of traffic looks like: as in the baseline, or with every amount above 80 and half of the frauds missed. */
type Traffic = 'usual' | 'drifted' | 'blind' | 'scarce' | 'none' | 'missing';

const amounts: Record<Traffic, { missing: number; counts: number[] }> = {
  usual: { missing: 0, counts: [0, ...Array.from({ length: 10 }, () => 50), 0] },
  blind: { missing: 0, counts: [0, ...Array.from({ length: 10 }, () => 50), 0] },
  drifted: { missing: 0, counts: [0, ...Array.from({ length: 9 }, () => 10), 410, 0] },
  scarce: { missing: 0, counts: [0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  none: { missing: 0, counts: Array.from({ length: 12 }, () => 0) },
  missing: { missing: 500, counts: Array.from({ length: 12 }, () => 0) },
};
const found: Record<Traffic, [truePositive: number, falseNegative: number]> = { usual: [80, 20], blind: [30, 70], drifted: [80, 20], scarce: [1, 0], none: [0, 0], missing: [80, 20] };

function pane(version: string, start: number, traffic: Traffic, of = baseline.digest): Pane {
  const rows = amounts[traffic].missing + amounts[traffic].counts.reduce((sum, count) => sum + count, 0);
  const [truePositive, falseNegative] = found[traffic];
  const channels = { missing: 0, counts: [Math.round(rows * 0.6), rows - Math.round(rows * 0.6), 0] };
  return {
    version, start, paneMs: 30_000, baseline: of, rows, features: [amounts[traffic], channels], dropped: 0, unreadable: 0,
    outcomes: { ...noOutcomes, truePositive, falseNegative },
  };
}

const heldBy = (instance: string, of: Pane): HeldPane => held(instance, of, () => of);

/** One window after the other. The world answers as the routers and the other controllers would. */
class World {
  policy: LivePolicy;
  seen: Seen;
  now = now;
  readonly panes: HeldPane[] = [];

  constructor(changes: Change<LivePolicy> = {}, seen: Partial<Seen> = {}) {
    this.policy = make.policy(changes);
    this.seen = {
      deployment, baseline, episodeBaseline: baseline, pipeline: 'Ready', unfinished: undefined, run: undefined, candidate: undefined,
      captured: { panes: [], instances: new Set(['a']), completeUntil: 0 }, kept: () => [], evidence: [], deliveries: new Map(), ...seen,
    };
  }

  get status(): DriftPolicyStatus {
    return this.policy.status;
  }

  /** A minute goes by with this traffic, and the window that ends with it is judged. */
  window(traffic: Traffic, version = 'fraud-1', of = baseline.digest): this {
    this.panes.push(heldBy('a', pane(version, this.now, traffic, of)));
    this.now += minute;
    return this.look();
  }

  /** Passes until nothing more is recorded. */
  look(seen: Partial<Seen> = {}): this {
    this.seen = { ...this.seen, ...seen, captured: { panes: this.panes, instances: new Set(['a']), completeUntil: this.now } };
    for (let passes = 0; passes < 5; passes += 1) {
      if (this.seen.run?.metadata.name !== this.status.loop?.run) this.seen = { ...this.seen, run: undefined };
      const { status, conditions } = decide(frozen(this.policy), this.seen, this.now + 1_000);
      const told = Object.entries(conditions).map(([type, verdict]): Condition => ({ type, ...verdict, lastTransitionTime: at(0) }));
      const { observedGeneration, writerEpoch } = this.status;
      const next = { ...this.policy, status: { observedGeneration, writerEpoch, ...status, conditions: told } };
      // What is undefined is left out when status is stored.
      const stored = JSON.parse(JSON.stringify(next)) as LivePolicy;
      if (JSON.stringify(stored) === JSON.stringify(this.policy)) return this;
      this.policy = stored;
    }
    throw new Error('deciding does not come to rest');
  }

  windows(...traffic: readonly Traffic[]): this {
    for (const one of traffic) this.window(one);
    return this;
  }

  condition(type: string): string {
    const is = this.status.conditions.find((one) => one.type === type);
    return `${is?.status ?? ''} ${is?.reason ?? ''}`;
  }

  get children(): { kind: string; name: string; spec: unknown }[] {
    const { children } = act(frozen(this.policy), this.seen);
    return typeof children === 'symbol' ? [] : children.map(({ resource, body }) => ({ kind: resource.kind, name: body.metadata.name, spec: body['spec'] }));
  }

  get notices(): string[] {
    return this.status.notices.map(({ kind }) => kind);
  }

  /** The run that is recorded, as its controller reports it. */
  run(result: 'Running' | 'Succeeded' | 'Failed', version?: string): this {
    const { loop } = this.status;
    const summary: Condition = { type: 'Succeeded', status: result === 'Succeeded' ? 'True' : 'False', reason: result, message: `it ${result}`, lastTransitionTime: at(0) };
    const run = make.run({ metadata: { name: loop?.run ?? '', labels: { [issuerLabel]: this.policy.metadata.uid } } });
    const status: ReturnType<typeof make.run>['status'] = {
      ...run.status,
      ...(result === 'Running' ? {} : { finishedAt: at(0), conditions: [summary] }),
      ...(version === undefined ? {} : { modelVersionRef: { name: version } }),
    };
    return this.look({ run: { metadata: run.metadata, status }, candidate: version === undefined ? undefined : make.version({ metadata: { name: version } }) });
  }

  /** What has become of the version that the run registered. */
  candidate(ready: 'True' | 'False' | 'Unknown', message = '', because?: 'Verified' | 'GatesPassed'): this {
    const { candidate } = this.status.loop ?? {};
    const conditions = ['Ready', ...(because ? [because] : [])].map((type) => ({ type, status: ready, reason: 'Any', message, lastTransitionTime: at(0) }));
    return this.look({ candidate: make.version({ metadata: { name: candidate ?? '' }, status: { conditions } }) });
  }

  /** Another version serves, with a baseline of its own. */
  promoted(version: string, of: string): this {
    return this.look({ deployment: change(deployment, { status: { activeVersion: version } }), baseline: { digest: of, profile: make.profile } });
  }

  failed(version: string): this {
    return this.look({ deployment: change(deployment, { status: { failedVersion: { name: version, reason: 'AnalysisFailed', message: 'recall is worse', at: at(0) } } }) });
  }
}

type RunObject = ReturnType<(typeof PipelineRun)['project']>;

describe('an episode', () => {
  test('does not begin with one breached window', () => {
    const world = new World().windows('usual', 'drifted', 'usual');
    expect([world.status.episode, world.condition('Drifted'), world.notices]).toEqual([undefined, 'False NoDrift', []]);
  });

  test('begins with the second of three, starts one run with the window in it, and tells every receiver once', () => {
    const world = new World().windows('drifted', 'usual', 'drifted');
    const { episode, loop, notices, window } = world.status;
    expect(episode).toMatchObject({ start: at(180), window: { start: at(120), end: at(180) }, version: 'fraud-1', checks: ['inputs'] });
    expect(window).toEqual(episode?.window);
    expect(loop).toMatchObject({ episode: at(180), trigger: 'inputs', run: runName(world.policy.metadata, at(180)), outcome: 'Starting', created: false });
    expect(notices).toMatchObject([{ kind: 'Drift', receivers: [{ type: 'Slack' }] }]);
    expect(notices[0]?.text).toContain('amount');
    expect(world.children).toContainEqual({
      kind: 'PipelineRun', name: loop?.run,
      spec: {
        pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: at(180) }],
        trigger: { type: 'Drift', by: 'DriftPolicy/watch', episode: at(180), window: { start: at(120), end: at(180) } },
      },
    });
    expect(world.windows('drifted', 'drifted', 'drifted').notices).toEqual(['Drift']);
    expect(world.status.loop?.run).toBe(loop?.run);
  });

  test('begins when labels say that frauds are missed', () => {
    const world = new World().windows('blind', 'blind');
    expect(world.status.episode?.checks).toEqual(['recall']);
    expect(world.status.notices[0]?.text).toContain('recall');
  });

  test('is over when enough windows in a row are calm, and that is told', () => {
    const world = new World().windows('drifted', 'drifted', 'usual');
    expect(world.status.episode).toBeDefined();
    world.window('usual');
    expect([world.status.episode, world.status.lastEpisode?.outcome, world.notices, world.condition('Drifted')]).toEqual([undefined, 'Recovered', ['Drift', 'Recovered'], 'False NoDrift']);
  });

  test('is not followed by another one before the cooldown is over', () => {
    const world = new World().windows('drifted', 'drifted', 'usual', 'usual', 'drifted', 'drifted');
    expect([world.status.episode, world.condition('Drifted')]).toEqual([undefined, 'False NoEpisode']);
    world.now += 10 * minute;
    world.windows('drifted');
    expect(world.status.episode?.start).toBe(at(17 * 60));
  });

  test('does not begin while a feature is missing; that is told once', () => {
    const world = new World().windows('drifted', 'missing', 'missing', 'missing');
    expect([world.status.episode, world.condition('DataAvailable'), world.notices, world.status.missing?.features]).toEqual([undefined, 'False FeatureMissing', ['FeatureMissing'], ['amount']]);
    expect(world.children.filter(({ kind }) => kind === 'PipelineRun')).toEqual([]);
    expect(world.windows('usual').status.missing).toBeUndefined();
  });

  test('concerns one version: what another one said does not count', () => {
    const world = new World().windows('drifted');
    world.promoted('fraud-2', digest('c'));
    world.window('drifted', 'fraud-2', digest('c'));
    expect(world.status.episode).toBeUndefined();
    expect(world.window('drifted', 'fraud-2', digest('c')).status.episode?.version).toBe('fraud-2');
  });
});

describe('windows without a verdict', () => {
  test.each<[string, Traffic, string]>([
    ['with too few rows say so', 'scarce', 'False InsufficientData'],
    ['without rows say so', 'none', 'False NoTraffic'],
  ])('%s, and neither begin an episode nor end one', (_name, traffic, condition) => {
    const world = new World().windows('drifted', traffic);
    expect(world.condition('DataAvailable')).toBe(condition);
    expect(world.status.checks[0]?.recent).toEqual(['Breached', 'Unknown']);
    expect(world.windows('drifted', traffic, traffic, traffic).status.episode).toBeDefined();
  });

  test('what was before a pause in the traffic begins nothing after it', () => {
    const world = new World().windows('drifted', 'none', 'none', 'none', 'drifted');
    expect(world.status.episode).toBeUndefined();
  });

  test('no episode begins in a window that says nothing, whatever those before it said', () => {
    const world = new World({ status: { lastEpisode: { start: at(-60), end: at(-60), outcome: 'Fruitless' } } }).windows('drifted', 'drifted', 'none');
    world.now += 8 * minute;
    expect(world.windows('none').status.episode).toBeUndefined();
    expect(world.windows('drifted').status.episode).toBeUndefined();
  });

  test('a window is judged when every router has told it, or when one has been silent for long', () => {
    const world = new World();
    world.panes.push(heldBy('a', pane('fraud-1', now, 'usual')));
    const seen = { ...world.seen, captured: { panes: world.panes, instances: new Set(['a']), completeUntil: now + minute - 1 } };
    expect(decide(world.policy, seen, now + minute + 1_000)).toMatchObject({ status: { checks: [] }, recheckAfterMs: 500 });
    expect(decide(world.policy, seen, now + minute + 50_000).status.checks).toHaveLength(2);
  });
});

describe('a retraining', () => {
  const drifting = (): World => new World().windows('drifted', 'drifted');

  test('is followed to the promotion of its version, and the episode to its recovery with the new baseline', () => {
    const world = drifting().run('Running');
    expect(world.status.loop).toMatchObject({ outcome: 'Training', created: true });
    expect(world.run('Succeeded', 'fraud-2').status.loop).toMatchObject({ outcome: 'Judging', candidate: 'fraud-2' });
    expect(world.candidate('True').status.loop?.outcome).toBe('RollingOut');
    expect(world.promoted('fraud-2', digest('c')).status.loop).toMatchObject({ outcome: 'Promoted', endedAt: expect.any(String) });
    world.window('usual', 'fraud-2', digest('c')).window('usual', 'fraud-2', digest('c'));
    expect(world.status).toMatchObject({ version: 'fraud-2', fruitless: 0, lastEpisode: { outcome: 'Recovered' } });
    expect(world.status.notices.at(-1)).toMatchObject({ kind: 'Recovered', text: expect.stringContaining('fraud-2 has taken over') });
  });

  test.each<[string, (world: World) => World, string]>([
    ['fails', (world) => world.run('Failed'), 'RunFailed'],
    ['registers nothing', (world) => world.run('Succeeded'), 'RunFailed'],
    ['gives a model that its gates refuse', (world) => world.run('Succeeded', 'fraud-2').candidate('False', 'no better than fraud-1', 'GatesPassed'), 'Refused'],
    ['gives a model whose bytes are not what its digest says', (world) => world.run('Succeeded', 'fraud-2').candidate('False', 'other bytes', 'Verified'), 'Refused'],
    ['gives a model that is taken back', (world) => world.run('Succeeded', 'fraud-2').candidate('True').failed('fraud-2'), 'RolledBack'],
    ['is deleted', (world) => world.run('Running').look({ run: undefined }), 'RunFailed'],
  ])('that %s ends its episode without a recovery', (_name, end, outcome) => {
    const world = end(drifting());
    expect(world.status.loop).toMatchObject({ outcome, endedAt: expect.any(String) });
    expect(world.status).toMatchObject({ fruitless: 1, lastEpisode: { outcome: 'Fruitless' } });
    expect([world.status.episode, world.notices]).toEqual([undefined, ['Drift']]);
  });

  test('whose version has a child that is refused goes on when that has passed', () => {
    const world = drifting().run('Succeeded', 'fraud-2').candidate('False', 'the quota is exceeded');
    expect(world.status.loop).toMatchObject({ outcome: 'Judging', candidate: 'fraud-2', message: 'fraud-2 cannot go on: the quota is exceeded' });
    expect(world.candidate('True').promoted('fraud-2', digest('c')).status.loop?.outcome).toBe('Promoted');
  });

  test('whose version drifts at once was fruitless, too', () => {
    const world = drifting().run('Succeeded', 'fraud-2').candidate('True').promoted('fraud-2', digest('c'));
    world.window('drifted', 'fraud-2', digest('c')).window('drifted', 'fraud-2', digest('c'));
    expect(world.status).toMatchObject({ fruitless: 1, lastEpisode: { outcome: 'Fruitless' } });
  });

  const twice = (): World => {
    const world = drifting().run('Failed');
    world.now += 10 * minute;
    world.window('drifted');
    expect(world.status.loop?.outcome).toBe('Starting');
    return world.run('Failed');
  };

  test('that is fruitless twice is the last one; people are told, and a retry begins anew', () => {
    const world = twice();
    expect([world.condition('Ready'), world.notices.at(-1)]).toEqual(['False RetrainsFruitless', 'RetrainingStopped']);
    world.now += 10 * minute;
    world.window('drifted');
    expect(world.status.episode).toBeDefined();
    expect(world.status.loop?.endedAt).toBeDefined();
    world.policy = change(world.policy, { metadata: { annotations: { 'modelkeeper.dev/retry': 'now' } } });
    world.seen = { ...world.seen, run: undefined };
    world.now += 60 * minute;
    world.window('drifted');
    expect(world.status).toMatchObject({ fruitless: 0, loop: { outcome: 'Starting' } });
  });

  test('that is fruitless twice is the last one until the spec changes', () => {
    const world = twice();
    world.policy = change(world.policy, { spec: { interval: '2m' } });
    expect(world.look().status.fruitless).toBe(0);
  });

  test.each<[string, Change<LivePolicy>, Partial<Seen>]>([
    ['the mode is Alert', { spec: { actions: { mode: 'Alert', retrain: undefined } } }, {}],
    ['another run of the Pipeline goes on', {}, { unfinished: 'by-hand' }],
    ['the Pipeline is suspended', {}, { pipeline: 'Suspended' }],
    ['the Pipeline is missing', {}, { pipeline: 'Missing' }],
    ['the check is none of those that retrain', { spec: { actions: { retrain: { checks: ['recall'] } } } }, {}],
    ['the budget is used up', { status: { retrains: [at(-60), at(-30)] } }, {}],
  ])('is not started when %s, and the alert says why', (_name, changes, seen) => {
    const world = new World(changes, seen).windows('drifted', 'drifted');
    expect(world.status.loop).toBeUndefined();
    expect(world.status.notices[0]?.text).toContain('No run is started');
  });

  test('starts later in the same episode, when what was in the way is gone', () => {
    const world = new World({}, { unfinished: 'by-hand' }).windows('drifted', 'drifted').look({ unfinished: undefined }).windows('drifted');
    expect(world.status.loop).toMatchObject({ outcome: 'Starting', episode: at(120), run: runName(world.policy.metadata, at(120)) });
  });

  test('is not taken for ours when another one has its name', () => {
    const world = drifting();
    const foreign: RunObject = make.run({ metadata: { name: world.status.loop?.run ?? '' } });
    expect(world.look({ run: foreign }).status.loop).toMatchObject({ outcome: 'Starting', created: false });
  });
});

describe('the conditions', () => {
  test.each<[string, Change<LivePolicy>, Partial<Seen>, string]>([
    ['is ready', {}, {}, 'True Watching'],
    ['that is suspended says so', { spec: { suspend: true } }, {}, 'True Suspended'],
    ['without its target waits', {}, { deployment: undefined }, 'Unknown TargetNotFound'],
    ['whose target captures nothing needs a change', {}, { deployment: make.deployment() }, 'False CaptureDisabled'],
    ['whose target takes no labels needs a change', {}, { deployment: change(deployment, { spec: { capture: { feedback: false } } }) }, 'False FeedbackDisabled'],
    ['whose window has too many panes needs a change', { spec: { window: { duration: '24h' } } }, {}, 'False WindowTooLong'],
    ['without its Pipeline waits', {}, { pipeline: 'Missing' }, 'Unknown PipelineNotFound'],
    ['with a parameter that stands for nothing needs a change', { spec: { actions: { retrain: { params: [{ name: 'x', value: '$(window.middle)' }] } } } }, {}, 'False InvalidReference'],
  ])('a policy %s', (_name, changes, seen, condition) => expect(new World(changes, seen).look().condition('Ready')).toBe(condition));

  const notice = (kind: 'Drift', world: World): string => noticeKey(world.policy.metadata, world.status.notices.find((one) => one.kind === kind) ?? { kind, at: '' }, { type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } });

  test('a message that cannot be delivered shows in Ready, and is wanted until it is', () => {
    const world = new World().windows('drifted', 'drifted');
    const key = notice('Drift', world);
    const failed: NoticeFacts = new Map([[key, { state: 'Failed', reason: 'SecretForbidden', message: 'add the namespace to notify.namespaces' }]]);
    expect(world.look({ deliveries: failed }).condition('Ready')).toBe('False SecretForbidden');
    expect(act(world.policy, world.seen).want?.notices).toMatchObject([{ key, type: 'Slack', namespace, message: { severity: 'Warning' } }]);
    world.look({ deliveries: new Map([[key, { state: 'Sent' }]]) });
    expect([world.condition('Ready'), act(world.policy, world.seen).want?.notices]).toEqual(['True Watching', []]);
    expect(world.status.notices[0]?.receivers[0]?.sentAt).toBeDefined();
  });
});

test('the evidence of an episode and the panes of routers that are gone are kept', () => {
  const world = new World().windows('drifted', 'drifted');
  world.panes.push(heldBy('gone', pane('fraud-1', world.now - minute, 'usual')));
  world.look();
  expect(world.children.filter(({ kind }) => kind === 'ConfigMap').map(({ name }) => name.replace(/-[0-9a-f]{8}$/, ''))).toEqual(['watch-panes', 'watch-evidence']);
});
