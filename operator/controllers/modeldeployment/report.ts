import type { ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { no, unknown, yes, type Activity, type Verdict } from '../../runtime/conditions.ts';
import { endpoints, type LiveDeployment, type Seen } from './observation.ts';
import { overdue, type Recorded } from './rollout.ts';

export type Conditions = 'Ready' | 'Available' | 'Progressing' | 'AnalysisPassed' | 'RolledBack' | 'RoutersUpToDate';

/** What can be said of the routers: how many take requests, and how many of them have the recorded configuration. */
export interface RouterState {
  readonly ready: number;
  readonly upToDate: number;
  /** Those that this process has not told that configuration yet, as a moment after it has changed, or after a restart. */
  readonly untold: number;
}

/** The conditions of a ModelDeployment, and whether work goes on. */
export function report(object: LiveDeployment, record: Recorded, about: { readonly seen: Seen; readonly routers: RouterState; readonly now: number }): {
  readonly conditions: Readonly<Record<Conditions, Verdict>>;
  readonly activity: Activity;
} {
  const { seen, routers, now } = about;
  const Available = available(record, seen, routers);
  const stuck = stuckVerdict(object, record, seen, now);
  const Ready = stuck ?? ready(record, seen, Available);
  return {
    conditions: {
      Ready,
      Available,
      Progressing: progressing(object, record, seen),
      AnalysisPassed: analysisPassed(object.status, record),
      RolledBack: rolledBack(record),
      RoutersUpToDate: routersUpToDate(object.status, routers),
    },
    activity: stuck ? 'Stalled' : Ready.status === 'True' ? 'Settled' : 'Working',
  };
}

function available(record: Recorded, seen: Seen, routers: RouterState): Verdict {
  const serving = record.versions.filter(({ name, weight }) => weight > 0 && endpoints(seen, name).length > 0);
  if (serving.length === 0) return no('NoPodReady', 'no version has a pod that is ready');
  if (routers.ready === 0) return no('NoRouterReady', 'no router pod is ready');
  return yes('Serving', serving.map(({ name, weight }) => `${name} serves ${weight} %`).join(', '));
}

/** Reasons for which a version never becomes one that can be served. */
const unfit = new Set(['ModelMismatch', 'FormatUnsupported', 'PresetUnavailable', 'VersionReplaced']);

/** What only people can get going again. */
function stuckVerdict({ spec }: LiveDeployment, record: Recorded, { target }: Seen, now: number): Verdict | undefined {
  if (!('version' in target)) return unfit.has(target.reason) ? no(target.reason, target.message) : undefined;
  const { failedVersion, rollout, step } = record;
  if (failedVersion?.name === target.version) {
    return no('RolledBack', `${failedVersion.name} was given up (${failedVersion.message}): change the spec or set the annotation modelkeeper.dev/retry`);
  }
  if (!rollout || !step || !overdue(spec, record, now)) return undefined;
  if (record.versions.some(({ name, state }) => name === rollout.version && state !== 'Ready')) {
    return no('CandidateNotReady', `not every pod of ${rollout.version} is ready; the rollout goes on when they are, or set the annotation modelkeeper.dev/abort`);
  }
  const undecided = rollout.verdicts.find(({ verdict }) => verdict !== 'Passed');
  if (undecided) {
    return no('AnalysisInconclusive', `${undecided.name}: ${undecided.message}; set the annotation modelkeeper.dev/promote or modelkeeper.dev/abort`);
  }
  return undefined;
}

function ready(record: Recorded, { target }: Seen, isAvailable: Verdict): Verdict {
  const { activeVersion, desiredVersion, rollout, weight, versions } = record;
  if (!('version' in target)) return unknown(target.reason, target.message);
  if (rollout) return unknown('RollingOut', `${rollout.version} is being rolled out`);
  if (activeVersion === undefined || activeVersion !== desiredVersion) return unknown('Pending', `${desiredVersion ?? target.version} is not rolled out yet`);
  const state = versions.find(({ name }) => name === activeVersion)?.state;
  if (state !== 'Ready') return unknown('PodsNotReady', `not every pod of ${activeVersion} is ready`);
  if (weight?.verified !== 100) return unknown('RoutersBehind', 'not every router has confirmed its configuration');
  return isAvailable.status === 'True' ? yes('RolledOut', `${activeVersion} serves every request`) : unknown(isAvailable.reason, isAvailable.message);
}

function progressing({ spec }: LiveDeployment, { rollout, step, weight, desiredVersion }: Recorded, seen: Seen): Verdict {
  if (!rollout) return no('Settled', desiredVersion === undefined ? 'nothing to roll out' : 'no rollout goes on');
  if (spec.suspend) return no('Suspended', 'spec.suspend is true: the rollout stands still');
  if (step) return yes('Stepping', `step ${step.index + 1} of ${spec.rollout.steps.length}: ${rollout.version} gets ${weight?.desired ?? 0} %`);
  const trouble = (seen.versions[rollout.version]?.pods ?? []).flatMap(({ containers, unschedulable }) => [
    ...(unschedulable === undefined ? [] : [`no node takes a pod: ${unschedulable}`]),
    ...containers.flatMap(({ name, waiting, exit }) => (waiting !== undefined && waiting !== 'PodInitializing' && waiting !== 'ContainerCreating' ? [`container ${name}: ${waiting}`]
      : exit !== undefined && exit.code !== 0 ? [`container ${name} exited with code ${exit.code}`] : [])),
  ])[0];
  return yes('Starting', `waiting for the pods of ${rollout.version}${trouble === undefined ? '' : `: ${trouble}`}`);
}

/** The verdict of the newest analysis; it stays until there is another one. */
function analysisPassed({ conditions }: ModelDeploymentStatus, { rollout, step, failedVersion }: Recorded): Verdict {
  if (failedVersion?.reason === 'AnalysisFailed' && !rollout) return no('Failed', failedVersion.message);
  if (!rollout || !step || rollout.verdicts.length === 0) {
    return conditions.find(({ type }) => type === 'AnalysisPassed') ?? unknown('NotAnalysed', 'no rollout has been analysed yet');
  }
  const worst = rollout.verdicts.find(({ verdict }) => verdict !== 'Passed');
  if (!worst) return yes('Passed', rollout.verdicts.map(({ name, message }) => `${name}: ${message}`).join('; '));
  return unknown(worst.verdict, `${worst.name}: ${worst.message}`);
}

function rolledBack({ failedVersion }: Recorded): Verdict {
  return failedVersion ? yes(failedVersion.reason, `${failedVersion.name}: ${failedVersion.message}`) : no('NotRolledBack', 'no version has been given up');
}

/**
 * While no router that was told is behind, what was said before stays until the others have been told, too: that takes a
 * moment. So neither a change of the weights nor a router pod that comes or goes is a write, unless a router is left behind.
 */
function routersUpToDate({ conditions }: ModelDeploymentStatus, { ready: total, upToDate, untold }: RouterState): Verdict {
  if (total === 0) return unknown('NoRouterReady', 'no router pod is ready');
  if (upToDate === total) return yes('UpToDate', 'every router has the configuration');
  if (upToDate + untold < total) return no('Behind', `${total - upToDate - untold} of ${total} routers did not take the configuration`);
  return conditions.find(({ type }) => type === 'RoutersUpToDate') ?? unknown('NotTold', 'not every router has been told the configuration yet');
}
