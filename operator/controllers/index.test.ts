import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { at, Caches, change, digest, frozen, make, message, now, settings, sources } from '../../test/make.ts';
import type { CommonStatus } from '../api/kind.ts';
import { ModelDeployment } from '../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../api/v1alpha1/pipeline.ts';
import { PipelineRun } from '../api/v1alpha1/pipelinerun.ts';
import { hold, type Action, type Controller, type Live } from '../runtime/controller.ts';
import { issuerLabel } from '../runtime/names.ts';
import { labels } from './labels.ts';
import { modelChildName } from './modeldeployment/children.ts';
import { modelDeploymentController } from './modeldeployment/controller.ts';
import { verifyJobName } from './modelversion/children.ts';
import { modelVersionController } from './modelversion/controller.ts';
import { configMapNameOf } from './modelversion/profile.ts';
import { pipelineController } from './pipeline/controller.ts';
import { specDigest, storeClaim } from './pipeline/snapshot.ts';
import { pipelineRunController } from './pipelinerun/controller.ts';
import { jobName } from './pipelinerun/steps.ts';
import { ConfigMap, ControllerRevision, Deployment, PersistentVolumeClaim } from './resources/objects.ts';
import { Job, Pod } from './resources/workloads.ts';

type Maker<Spec, Status extends CommonStatus> = fc.Arbitrary<{ object: Live<Spec, Status>; caches: Caches }>;

/** Decides as often as the engine would, with nothing changing but the record. */
function check<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(controller: Controller<Spec, Status, C, Seen, Want, Fact>, worlds: Maker<Spec, Status>): void {
  fc.assert(fc.property(worlds, ({ object, caches }) => {
    const look = (at: Live<Spec, Status>): Seen => frozen(controller.observe(caches.read, frozen(at), undefined));
    const decide = (of: Live<Spec, Status>) => frozen(controller.decide(of, look(of), now));
    let record = object;
    let earlier = '';
    for (let pass = 0; pass < 5; pass += 1) {
      const { status, conditions, activity } = decide(record);
      expect(decide(record)).toEqual(decide(record));
      expect(Object.keys(conditions).sort()).toEqual([...controller.kind.conditions].sort());
      expect(['Working', 'Settled', 'Stalled']).toContain(activity);
      checkChildren(controller, controller.act(record, look(record)));
      const stored = controller.kind.status.parse(JSON.parse(JSON.stringify({ ...record.status, ...status, ...removed(record.status, status) })));
      const text = JSON.stringify([stored, conditions, activity]);
      if (text === earlier) return;
      earlier = text;
      record = { ...record, status: stored };
    }
    throw new Error(`no rest after five passes: ${earlier}`);
  }), { numRuns: 150 });
}

/** What the decision leaves out is no longer in the record. */
function removed(before: object, after: object): Record<string, undefined> {
  const kept = new Set([...Object.keys(after), 'observedGeneration', 'writerEpoch', 'conditions']);
  return Object.fromEntries(Object.keys(before).filter((name) => !kept.has(name)).map((name) => [name, undefined]));
}

function checkChildren({ owns }: Pick<Controller<unknown, never, string, unknown>, 'owns'>, { children, remove = [] }: Action<unknown>): void {
  if (children === hold) return;
  const names = children.map(({ resource, body }) => `${resource.kind}/${body.metadata.name}`);
  expect(names).toEqual([...new Set(names)]);
  for (const { life, resource, body: { metadata } } of children) {
    expect(metadata.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(owns.some((owned) => owned.resource === resource && owned.life === life)).toBe(true);
    for (const value of Object.values(metadata['labels'] ?? {})) expect(value).toMatch(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/);
  }
  for (const { resource } of remove) expect(owns.some((owned) => owned.resource === resource && owned.removes === true)).toBe(true);
}

const longest = (size: number): string => 'a-'.repeat(size).slice(0, size - 1) + 'z';
const name = (size: number): fc.Arbitrary<string> => fc.oneof(fc.constant('a'), fc.constant(longest(size)), fc.stringMatching(new RegExp(`^[a-z][-a-z0-9]{0,${size - 2}}[a-z0-9]$`)));
const ended = fc.constantFrom<'Complete' | 'Failed' | undefined>(undefined, 'Complete', 'Failed');
const phase = fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed');
const code = fc.constantFrom(0, 1, 10, 11, 13, 14);

describe('looking again at an unchanged cluster comes to rest, children are well named, and nothing is changed by looking', () => {
  test('for a Pipeline', () => {
    const worlds = fc.record({ called: name(30), onChange: fc.boolean(), suspend: fc.boolean(), claim: fc.constantFrom('none', 'ours', 'foreign'), run: fc.constantFrom('none', 'going', 'over'), token: fc.option(fc.constantFrom('1', '2'), { nil: undefined }), seenToken: fc.option(fc.constant('1'), { nil: undefined }) })
      .map(({ called, onChange, suspend, claim, run, token, seenToken }) => {
        const object = make.pipeline({
          metadata: { name: called, annotations: token === undefined ? {} : { 'modelkeeper.dev/run': token } }, spec: { triggers: { onChange }, suspend }, status: seenToken === undefined ? {} : { runToken: seenToken },
        });
        const caches = new Caches().put(Pipeline, object);
        if (claim !== 'none') caches.put(PersistentVolumeClaim, make.claim(storeClaim(object.metadata, object.spec), { metadata: { labels: claim === 'ours' ? { [issuerLabel]: object.metadata.uid } : {} } }));
        if (run !== 'none') caches.put(PipelineRun, make.run({ spec: { pipelineRef: { name: called } }, status: run === 'over' ? { finishedAt: at(-1) } : {} }));
        return { object, caches };
      });
    check(pipelineController, worlds);
  });

  test('for a PipelineRun', () => {
    const state = fc.constantFrom<'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled'>('Pending', 'Running', 'Running', 'Succeeded', 'Failed', 'Cancelled');
    const worlds = fc.record({
      called: name(45), first: name(20), second: name(20).map((text) => `b${text.slice(1)}`), cancel: fc.boolean(), frozenSpec: fc.boolean(), pipeline: fc.boolean(),
      states: fc.tuple(state, state), job: fc.option(ended, { nil: null }), pod: fc.option(fc.record({ phase, code, told: fc.boolean() }), { nil: undefined }), registered: fc.constantFrom('no', 'recorded', 'taken', 'ours'), retries: fc.nat(2),
    }).filter(({ first, second }) => first !== second).map(({ called, first, second, cancel, frozenSpec, pipeline: exists, states, job, pod, registered, retries }) => {
      const base = make.pipeline();
      const [train, evaluate] = base.spec.steps;
      const pipeline = change(base, { spec: {
        steps: [{ ...train!, name: first, retry: { limit: retries } }, { ...evaluate!, name: second, inputs: [{ name: 'model', from: { step: first, output: 'model' } }] }],
        register: { model: longest(30), artifact: { step: first }, metrics: [{ name: 'recall', from: { step: second, result: 'recall' } }] },
      } });
      const meta = make.meta(called);
      const jobOf = { name: jobName(meta, first, 1) };
      const steps = [
        make.step(first, states[0], states[0] === 'Pending' ? {} : { attempt: 1, job: jobOf, outputs: states[0] === 'Succeeded' ? [{ name: 'model', digest: digest('a'), bytes: 1 }] : [] }),
        make.step(second, states[1], states[1] === 'Pending' ? {} : { attempt: 1, job: { name: jobName(meta, second, 1) }, results: states[1] === 'Succeeded' ? [{ name: 'recall', value: '0.5' }] : [] }),
      ];
      const version = `${longest(30)}-7`;
      const object = make.run({ metadata: meta, spec: { cancel }, status: {
        snapshot: { name: 'snapshot', digest: specDigest(pipeline.spec) }, steps, ...(registered === 'no' ? {} : { modelVersionRef: { name: version } }),
      } });
      const caches = new Caches();
      if (exists) caches.put(Pipeline, pipeline);
      if (frozenSpec) caches.put(ControllerRevision, make.revision('snapshot', object.metadata, { spec: pipeline.spec, claim: 'store' }));
      if (registered === 'taken' || registered === 'ours') caches.put(ModelVersion, make.version({ metadata: { name: version, labels: registered === 'ours' ? { [issuerLabel]: object.metadata.uid } : {} } }));
      if (job !== null) {
        const owned = make.job(jobOf.name, object.metadata, { metadata: { labels: { [labels.run]: called } }, ...(job === undefined ? {} : { ended: job, endedAt: now - 3_600_000 }) });
        caches.put(Job, owned);
        if (pod) caches.put(Pod, make.pod('p', owned.metadata, { phase: pod.phase, containers: [{ name: 'publish', exit: { code: pod.code, reason: '', message: pod.told ? message({ artifacts: [{ name: 'model', digest: digest('a'), bytes: 1 }] }) : '' } }] }));
      }
      return { object, caches };
    });
    check(pipelineRunController(settings), worlds);
  });

  test('for a ModelVersion', () => {
    const worlds = fc.record({
      profile: fc.constantFrom('none', 'new', 'lost', 'given up', 'published'), active: fc.boolean(), called: name(45), attempt: fc.nat(6), job: fc.option(ended, { nil: null }), pod: fc.option(fc.record({ phase, code }), { nil: undefined }), gate: fc.constantFrom('metrics.recall > 0.5', 'metrics.recall > 0.9', 'metrics.recall >= champion.metrics.recall', 'nonsense'),
    })
      .map(({ profile, active, called, attempt, job, pod, gate }) => {
        const object = make.version({ metadata: make.meta(called), spec: {
          policy: { gates: [{ name: 'g', expression: gate }] },
          metrics: [{ name: 'recall', value: 0.8, champion: { modelVersionRef: { name: 'fraud-0' }, value: 0.7 } }],
          ...(profile === 'none' ? {} : { profile: { uri: 'pvc://store/p', digest: digest('d') } }),
        }, status: {
          attempt, ...(profile === 'none' || profile === 'new' ? {} : {
            verification: { job: 'verify', outcome: 'Verified' }, profile: { job: 'verify', attempt: 0, failures: profile === 'given up' ? 4 : 0 },
          }),
        } });
        const caches = new Caches();
        if (active) caches.put(ModelDeployment, make.deployment({ status: { activeVersion: 'fraud-0' } }));
        if (profile === 'published') caches.put(ConfigMap, { metadata: make.meta(configMapNameOf(object.metadata), { owner: { uid: object.metadata.uid, kind: 'ModelVersion', name: called } }), owned: '' });
        if (job !== null) {
          const owned = make.job(verifyJobName(object.metadata, attempt), object.metadata, { metadata: { labels: { [labels.modelVersion]: called } }, ...(job === undefined ? {} : { ended: job, endedAt: now - 3_600_000 }) });
          caches.put(Job, owned);
          if (pod) caches.put(Pod, make.pod('p', owned.metadata, { phase: pod.phase, containers: [{ name: 'verify', exit: { code: pod.code, reason: '', message: '' } }] }));
        }
        return { object, caches };
      });
    check(modelVersionController(settings, sources.profiles), worlds);
  });

  test('for a ModelDeployment', () => {
    const newer = longest(43);
    const worlds = fc.record({
      called: name(40), active: fc.boolean(), candidate: fc.constantFrom('none', 'starting', 'stepping'), known: fc.subarray([`${newer}-1`, `${newer}-2`]), pods: fc.subarray([`${newer}-1`, `${newer}-2`]),
      available: fc.nat(1), suspend: fc.boolean(), abort: fc.boolean(), routers: fc.nat(2), container: fc.boolean(), late: fc.boolean(),
    }).map(({ called, active, candidate, known, pods, available, suspend, abort, routers, container, late }) => {
      const started = late ? at(-100_000) : at(-1);
      const version = (of: string, role: 'Active' | 'Candidate', weight: number) => ({ name: of, role, state: 'Ready' as const, weight, uri: 'pvc://store/x', digest: digest('a'), format: 'sklearn' as const, agentImage: 'a', serverImage: 's' });
      const going = candidate !== 'none';
      const share = candidate === 'stepping' ? 20 : 0;
      const object = make.deployment({
        metadata: { name: called, annotations: abort ? { 'modelkeeper.dev/abort': '1' } : {} },
        spec: { suspend, ...(container ? { runtime: { type: 'Container', preset: undefined, container: { image: 'x', command: [], args: [], env: [] }, port: 80, protocol: 'V2' } } : {}) },
        status: {
          ...(active ? { activeVersion: `${newer}-1`, desiredVersion: `${newer}-1` } : {}),
          ...(active && going ? { rollout: { version: `${newer}-2`, startedAt: started, verdicts: [] }, ...(share > 0 ? { step: { index: 0, startedAt: started, verifiedAt: started } } : {}) } : {}),
          versions: active ? [version(`${newer}-1`, 'Active', going ? 100 - share : 100), ...(going ? [version(`${newer}-2`, 'Candidate', share)] : [])] : [],
        },
      });
      const caches = new Caches().put(ModelVersion, ...known.map((of) => make.readyVersion(of)));
      for (const of of pods) caches.put(Deployment, make.pods(modelChildName(object.metadata, of), object.metadata, { availableReplicas: available, updatedReplicas: available }));
      for (let index = 0; index < routers; index += 1) caches.put(Pod, make.routerPod(`router-${index}`, { metadata: { labels: { [labels.modelDeployment]: called } } }));
      return { object, caches };
    });
    check(modelDeploymentController(settings, sources.routers), worlds);
  });
});
