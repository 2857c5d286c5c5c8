import type { DriftPolicySpec } from '../../api/v1alpha1/driftpolicy.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import type { DeliveryFailure } from '../../notify/notice.ts';
import { no, unknown, yes, type Activity, type Verdict } from '../../runtime/conditions.ts';
import { parameterProblem } from './children.ts';
import { fires } from './checks.ts';
import type { Recorded } from './episode.ts';
import { maxFruitless } from './loop.ts';
import { noticeKey } from './names.ts';
import type { LivePolicy, Seen } from './observation.ts';
import { maxPanesOfWindow } from './schedule.ts';

export type Conditions = 'Ready' | 'DataAvailable' | 'Drifted';

/** Failures that may pass by themselves. */
const passing: ReadonlySet<DeliveryFailure> = new Set(['Unreachable', 'Busy']);

/** The conditions of a DriftPolicy, and whether somebody has to do something. */
export function report(policy: LivePolicy, record: Recorded, seen: Seen): {
  readonly conditions: Readonly<Record<Conditions, Verdict>>;
  readonly activity: Activity;
} {
  const Ready = ready(policy, record, seen);
  return {
    conditions: { Ready, DataAvailable: dataAvailable(policy.spec, record, seen), Drifted: drifted(policy.spec, record) },
    activity: Ready.status === 'True' ? 'Settled' : Ready.status === 'False' ? 'Stalled' : 'Working',
  };
}

function ready(policy: LivePolicy, record: Recorded, seen: Seen): Verdict {
  const { spec } = policy;
  if (spec.suspend) return yes('Suspended', 'spec.suspend is true: no window is judged and no run is started');
  return targetProblem(spec, seen) ?? retrainProblem(spec, seen) ?? fruitless(record) ?? deliveryProblem(policy, record, seen)
    ?? yes('Watching', `${spec.modelDeploymentRef.name} is judged every ${spec.interval}, over ${spec.window.duration}`);
}

function targetProblem(spec: DriftPolicySpec, { deployment }: Seen): Verdict | undefined {
  const { name } = spec.modelDeploymentRef;
  if (!deployment) return unknown('TargetNotFound', `ModelDeployment ${name} does not exist or is not valid`);
  const { capture, rollout } = deployment.spec;
  if (!capture.enabled) return no('CaptureDisabled', `ModelDeployment ${name} counts nothing: set its spec.capture.enabled to true`);
  const takesLabels = capture.feedback || rollout.analysis.some(({ metric }) => metric !== 'ErrorRate');
  const labelled = spec.checks.find(({ performance }) => performance);
  if (labelled && !takesLabels) return no('FeedbackDisabled', `check ${labelled.name} needs labels: set spec.capture.feedback of ModelDeployment ${name} to true`);
  const panes = Math.ceil(durationMs(spec.window.duration) / durationMs(capture.paneDuration));
  if (panes <= maxPanesOfWindow) return undefined;
  return no('WindowTooLong', `a window of ${spec.window.duration} has ${panes} panes of ${capture.paneDuration}, and at most ${maxPanesOfWindow} are kept: raise spec.capture.paneDuration of ${name}`);
}

function retrainProblem(spec: DriftPolicySpec, { pipeline }: Seen): Verdict | undefined {
  const { retrain } = spec.actions;
  if (!retrain) return undefined;
  const problem = parameterProblem(retrain);
  if (problem !== undefined) return no('InvalidReference', problem);
  return pipeline === 'Missing' ? unknown('PipelineNotFound', `Pipeline ${retrain.pipelineRef.name} does not exist or is not valid`) : undefined;
}

function fruitless({ fruitless: times, loop }: Recorded): Verdict | undefined {
  return times < maxFruitless ? undefined
    : no('RetrainsFruitless', `${times} retrainings in a row gave no better model (${loop?.outcome ?? ''}): change the spec or set the annotation modelkeeper.dev/retry`);
}

function deliveryProblem({ metadata }: LivePolicy, { notices }: Recorded, { deliveries }: Seen): Verdict | undefined {
  for (const notice of notices) {
    for (const receiver of notice.receivers) {
      const delivery = receiver.sentAt === undefined ? deliveries.get(noticeKey(metadata, notice, receiver)) : undefined;
      if (delivery?.state !== 'Failed') continue;
      const text = `${receiver.type} has not been told: ${delivery.message}`;
      return passing.has(delivery.reason) ? unknown(delivery.reason, text) : no(delivery.reason, text);
    }
  }
  return undefined;
}

function dataAvailable(spec: DriftPolicySpec, record: Recorded, { deployment, baseline }: Seen): Verdict {
  const active = deployment?.status.activeVersion;
  if (!deployment || active === undefined) return unknown('NoActiveVersion', `${spec.modelDeploymentRef.name} serves no version yet`);
  if (!deployment.spec.capture.enabled) return no('CaptureDisabled', 'no requests are counted');
  if (!baseline) return no('NoBaseline', `${active} has no published profile: add a step with profile and register.profile to its Pipeline`);
  if (record.missing) return no('FeatureMissing', `no request has a value of ${record.missing.features.join(', ')}`);
  if (record.version !== active || record.checks.length === 0) return unknown('Waiting', `no window of ${active} has ended yet`);
  if (record.checks.every(({ state }) => state === 'NoData')) return no('NoTraffic', 'no requests in the newest window');
  const short = record.checks.find(({ state }) => state !== 'OK' && state !== 'Breached');
  return short ? no(short.reason ?? short.state, `${short.name}: ${short.message}`) : yes('Available', 'every check could be judged');
}

function drifted(spec: DriftPolicySpec, { episode, checks }: Recorded): Verdict {
  const told = (names: readonly string[]): string => checks.filter(({ name }) => names.includes(name)).map(({ name, message }) => `${name}: ${message}`).join('; ');
  if (episode) return yes('Drifted', `since ${episode.start}; ${told(episode.checks)}`);
  const firing = checks.filter((check) => fires(check, spec.firing)).map(({ name }) => name);
  if (firing.length > 0) return no('NoEpisode', `${firing.join(', ')} would begin an episode, which features that are missing or firing.cooldown keep off`);
  const judged = checks.filter(({ state }) => state === 'OK' || state === 'Breached');
  return judged.length === 0 ? unknown('NotJudged', 'no window could be judged yet') : no('NoDrift', told(judged.map(({ name }) => name)));
}
