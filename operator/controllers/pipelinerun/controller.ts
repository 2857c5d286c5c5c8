import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../api/v1alpha1/pipeline.ts';
import { PipelineRun, type PipelineRunSpec, type PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { watched, type Action, type Child, type Controller } from '../../runtime/controller.ts';
import { keyOf, type Meta } from '../../runtime/kind.ts';
import { waitingRuns } from '../indexes.ts';
import { labels } from '../labels.ts';
import type { Snapshot } from '../pipeline/snapshot.ts';
import { ControllerRevision, PersistentVolumeClaim } from '../resources/objects.ts';
import { Job, Pod } from '../resources/workloads.ts';
import type { Settings } from '../settings.ts';
import { modelVersion, recallJob, snapshotRevision, stepJob, type Site } from './children.ts';
import { decide } from './decision.ts';
import { observe, type LiveRun, type Seen } from './observation.ts';
import { params } from './params.ts';
import { resultOf, type Registered } from './registration.ts';

/** Runs a Pipeline once: a Job for each attempt of each step, then a ModelVersion. */
export function pipelineRunController(settings: Pick<Settings, 'image'>): Controller<PipelineRunSpec, PipelineRunStatus, 'Succeeded', Seen> {
  return {
    kind: PipelineRun,
    owns: [
      { resource: Job, life: 'CreateOnce', removes: true },
      { resource: ControllerRevision, life: 'CreateOnce' },
      { resource: ModelVersion, life: 'Issue' },
    ],
    reads: [
      watched(Pod, ({ metadata }) => runKey(metadata)),
      watched(ModelVersion, ({ metadata }) => runKey(metadata)),
      watched(ModelDeployment, () => []),
      watched(Pipeline, ({ metadata }, read) => read.indexed(waitingRuns, metadata.namespace, metadata.name).map((run) => keyOf(run.metadata))),
      watched(PersistentVolumeClaim, () => []),
    ],
    observe,
    act: (run, seen) => act(run, seen, settings.image),
    decide,
  };
}

function runKey({ namespace, labels: own }: Meta): string[] {
  const run = own[labels.run];
  return run === undefined ? [] : [`${namespace}/${run}`];
}

function act(run: LiveRun, seen: Seen, image: string): Action {
  const { metadata, spec, status } = run;
  const { snapshot: recorded } = status;
  if ((spec.cancel && !status.modelVersionRef) || status.finishedAt !== undefined) return { children: [], remove: leftOver(run, seen) };
  if (!recorded) return { children: [] };
  const { snapshot } = seen;
  if (!snapshot) {
    return { children: seen.offered?.digest === recorded.digest ? [snapshotRevision(recorded.name, spec.pipelineRef.name, seen.offered.snapshot)] : [] };
  }
  const site: Site = { run: metadata, image, claimName: snapshot.claim, claim: seen.claim, others: seen.modelClaims };
  return { children: [...stepJobs(run, seen, snapshot, site), ...registered(run, snapshot)] };
}

/** Jobs that are recorded as started. One that has been seen and is gone is not made again: `decide` takes it as lost. */
function stepJobs(run: LiveRun, seen: Seen, snapshot: Snapshot, site: Site): Child[] {
  const { status } = run;
  const values = params(snapshot.spec, run.spec).values;
  const references = { run: run.metadata.name, params: values, result: (step: string, result: string) => resultOf(status.steps, step, result) };
  return snapshot.spec.steps.flatMap((step) => {
    const recorded = status.steps.find(({ name }) => name === step.name);
    if (recorded?.state !== 'Running') return [];
    const missing = recorded.job?.uid === undefined && !seen.jobs.some(({ metadata }) => metadata.name === recorded.job?.name);
    return [
      ...(missing ? [stepJob(site, step, recorded, { references, steps: status.steps, models: status.models })] : []),
      ...(recorded.job?.recall === undefined ? [] : [recallJob(site, step.name, recorded)]),
    ];
  });
}

function registered(run: LiveRun, snapshot: Snapshot): Child[] {
  const { metadata, spec, status } = run;
  const { register } = snapshot.spec;
  if (!register || !status.modelVersionRef || status.modelVersionRef.uid !== undefined) return [];
  const from: Registered = {
    run: metadata, runSpec: spec, spec: snapshot.spec, claim: snapshot.claim, steps: status.steps, models: status.models,
    snapshotDigest: status.snapshot?.digest ?? digestOf(snapshot.spec),
    params: params(snapshot.spec, spec).values,
  };
  return [modelVersion(status.modelVersionRef.name, register, from)];
}

/** The Jobs that go on, also those that show up late: what has ended stays for the record. */
function leftOver({ status }: LiveRun, { jobs }: Seen): NonNullable<Action['remove']> {
  const succeeded = new Set(status.steps.filter(({ state }) => state === 'Succeeded').map(({ job }) => job?.name));
  return jobs
    .filter(({ metadata, ended }) => ended === undefined && !succeeded.has(metadata.name) && metadata.deletionTimestamp === undefined)
    .map((object) => ({ resource: Job, object }));
}
