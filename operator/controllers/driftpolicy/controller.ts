import { DriftPolicy, type DriftPolicySpec, type DriftPolicyStatus } from '../../api/v1alpha1/driftpolicy.ts';
import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../api/v1alpha1/pipeline.ts';
import { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import { binsOf } from '../../profile/cells.ts';
import { digestOf } from '../../runtime/canonical.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { timestamp } from '../../runtime/conditions.ts';
import { watched, type Action, type Child, type Controller, type Decision, type Source } from '../../runtime/controller.ts';
import { keyOf, type Meta } from '../../runtime/kind.ts';
import { issuerLabel } from '../../runtime/names.ts';
import { deploymentsServing, policiesOfCandidate, policiesOfDeployment, policiesOfPipeline, policiesOfRun } from '../indexes.ts';
import { labels, requests, token } from '../labels.ts';
import { ConfigMap } from '../resources/objects.ts';
import { without } from '../without.ts';
import { driftRun, evidence, evidenceKept, keptPanes, stays } from './children.ts';
import { judged, type DueWindow, type Recorded } from './episode.ts';
import { followed, maxFruitless, retrained, whyNoRun } from './loop.ts';
import { news } from './news.ts';
import { observe, type LivePolicy, type Seen } from './observation.ts';
import { delivered, outbox, told } from './outbox.ts';
import { carried, union, windowSum, type Stretch } from './panes.ts';
import { report, type Conditions } from './report.ts';
import { dueWindow, retentionMs } from './schedule.ts';
import type { DriftFacts, DriftWant } from './source.ts';

/** Watches the live traffic of a model: alerts, retrains, and follows what becomes of it. */
export function driftPolicyController(source: Source<DriftWant, DriftFacts>): Controller<DriftPolicySpec, DriftPolicyStatus, Conditions, Seen, DriftWant, DriftFacts> {
  return {
    kind: DriftPolicy,
    owns: [{ resource: ConfigMap, life: 'Apply' }, { resource: PipelineRun, life: 'Issue' }],
    reads: [
      watched(ModelDeployment, ({ metadata }, read) => policies(read, policiesOfDeployment, metadata)),
      watched(PipelineRun, ({ metadata }, read) => (metadata.labels[issuerLabel] === undefined ? [] : policies(read, policiesOfRun, metadata))),
      watched(ModelVersion, ({ metadata }, read) => policies(read, policiesOfCandidate, metadata)),
      watched(Pipeline, ({ metadata }, read) => policies(read, policiesOfPipeline, metadata)),
      // The profile of the active version.
      watched(ConfigMap, ({ metadata }, read) => {
        const version = metadata.labels[labels.modelVersion];
        return version === undefined ? [] : read.indexed(deploymentsServing, metadata.namespace, version)
          .flatMap((deployment) => policies(read, policiesOfDeployment, deployment.metadata));
      }),
    ],
    source,
    observe,
    act,
    decide,
  };
}

function policies(read: Reader, index: typeof policiesOfDeployment, { namespace, name }: Meta): string[] {
  return read.indexed(index, namespace, name).map(({ metadata }) => keyOf(metadata));
}

function act(policy: LivePolicy, seen: Seen): Action<DriftWant> {
  const { metadata, spec, status } = policy;
  const { loop } = status;
  const { retrain } = spec.actions;
  const starts = loop && retrain && !spec.suspend && !loop.created && loop.endedAt === undefined && !seen.run;
  return {
    children: [...(starts ? [driftRun(metadata, retrain, loop)] : []), ...kept(policy, seen), ...evidences(policy, seen)],
    want: {
      deployment: `${metadata.namespace}/${spec.modelDeploymentRef.name}`,
      retentionMs: retentionMs(spec, paneMsOf(seen)),
      notices: outbox(metadata, status.notices),
    },
  };
}

function kept({ metadata, status }: LivePolicy, seen: Seen): Child[] {
  const panes = carried(seen.captured, seen.kept(), status.window ? Date.parse(status.window.start) : 0);
  return panes.length === 0 ? [] : [keptPanes(metadata, panes)];
}

/** The newest episodes' evidence; that of the present one is made while its panes can still be had. */
function evidences({ metadata, status }: LivePolicy, seen: Seen): Child[] {
  const { episode } = status;
  const there = [...seen.evidence].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1)).map((map) => map.metadata.name);
  const { episodeBaseline: baseline } = seen;
  if (!episode || baseline?.digest !== episode.baseline) return there.slice(0, evidenceKept).map(stays);
  const { counts } = sumOf({ start: Date.parse(episode.window.start), end: Date.parse(episode.window.end) }, episode.version, baseline, seen);
  const made = counts.rows === 0 ? [] : [evidence(metadata, episode, { baseline, counts })];
  return [...made, ...there.slice(0, evidenceKept - made.length).map(stays)];
}

function decide(policy: LivePolicy, seen: Seen, now: number): Decision<DriftPolicyStatus, Conditions> {
  const { spec } = policy;
  const before = delivered(policy, forgiven(policy), seen.deliveries, now);
  const due = spec.suspend ? undefined : windowOf(spec, before, seen, now);
  const next = followed(policy, due && 'sum' in due ? judged(spec, before, due) : before, seen, now);
  const after = due && 'sum' in due ? retrained(policy, next, seen, now) : next;
  const record = fruitlessNoted(policy, news(spec, before, after, { whyNoRun: whyNoRun(spec, after, seen, now), now: timestamp(now) })
    .reduce((sum, one) => told(spec, sum, one), after));
  return {
    status: record,
    ...report(policy, record, seen),
    ...(due === undefined ? {} : { recheckAfterMs: 'waitMs' in due ? due.waitMs : 1 }),
  };
}

/** The window that is due, with its counts; how long to wait for one; or undefined when there is nothing to compare. */
function windowOf(spec: DriftPolicySpec, record: Recorded, seen: Seen, now: number): DueWindow | { readonly waitMs: number } | undefined {
  const { deployment, baseline, captured } = seen;
  const version = deployment?.status.activeVersion;
  if (!deployment?.spec.capture.enabled || version === undefined || !baseline) return undefined;
  const due = dueWindow(spec, record, { paneMs: paneMsOf(seen), completeUntil: captured.completeUntil, now });
  if ('waitMs' in due) return due;
  return { ...due.window, version, baseline, sum: sumOf(due.window, version, baseline, seen) };
}

function sumOf(window: Stretch, version: string, { digest, profile }: NonNullable<Seen['baseline']>, { captured, kept: unpack }: Seen): DueWindow['sum'] {
  return windowSum(union(captured, unpack()), { ...window, version, baseline: digest }, profile.features.map(binsOf));
}

function paneMsOf({ deployment }: Pick<Seen, 'deployment'>): number {
  return durationMs(deployment?.spec.capture.paneDuration ?? '1m');
}

/** Starts counting anew when a retry is asked for, or when the spec has changed since retraining stopped. */
function forgiven({ metadata, spec, status }: LivePolicy): Recorded {
  const record: Recorded = without(status, 'observedGeneration', 'writerEpoch', 'conditions');
  const retry = token(metadata, requests.retry);
  const asked = retry !== undefined && retry !== record.handled.retry;
  const handled = asked ? { ...record.handled, retry } : record.handled;
  const changed = handled.spec !== undefined && handled.spec !== digestOf(without(spec, 'suspend'));
  return asked || changed ? { ...record, handled: without(handled, 'spec'), fruitless: 0 } : { ...record, handled };
}

function fruitlessNoted({ spec }: LivePolicy, record: Recorded): Recorded {
  if (record.fruitless < maxFruitless || record.handled.spec !== undefined) return record;
  return { ...record, handled: { ...record.handled, spec: digestOf(without(spec, 'suspend')) } };
}
