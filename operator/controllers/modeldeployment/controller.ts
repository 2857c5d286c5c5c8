import { ModelDeployment, type ModelDeploymentSpec, type ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { watched, type Action, type Child, type Controller, type Decision, type Source } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/kind.ts';
import { capturingDeployments, deploymentsNaming, deploymentsOfModel } from '../indexes.ts';
import { labels, requests, token } from '../labels.ts';
import { ConfigMap, Deployment, NetworkPolicy, PersistentVolumeClaim, Service } from '../resources/objects.ts';
import { Pod } from '../resources/workloads.ts';
import type { Settings } from '../settings.ts';
import { without } from '../without.ts';
import { isServable, modelDeployment, modelLabels, modelService, stayingDeployment } from './children.ts';
import { frontend } from './frontend.ts';
import { sumCounts } from './metrics.ts';
import { endpoints, observe, type LiveDeployment, type Seen, type VersionSeen } from './observation.ts';
import { report, type Conditions, type RouterState } from './report.ts';
import { nextRecord, type Fresh, type Recorded, type VersionState } from './rollout.ts';
import { routerConfig, toldOf, windowOf, type Live } from './routing.ts';
import type { RouterFacts, RouterWant } from './source.ts';
import { judge, type CheckVerdict } from './verdict.ts';

/** How soon a rollout is looked at again when nothing else happens. */
const rolloutRecheckMs = 2_000;

/** Serves a model, and moves its traffic from version to version. */
export function modelDeploymentController(
  settings: Settings, source: Source<RouterWant, RouterFacts>,
): Controller<ModelDeploymentSpec, ModelDeploymentStatus, Conditions, Seen, RouterWant, RouterFacts> {
  return {
    kind: ModelDeployment,
    owns: [Deployment, Service, ConfigMap, NetworkPolicy].map((resource) => ({ resource, life: 'Apply' as const })),
    reads: [
      watched(ModelVersion, ({ metadata: { namespace, name }, spec }, read) => [
        ...(spec ? read.indexed(deploymentsOfModel, namespace, spec.model) : []),
        ...read.indexed(deploymentsNaming, namespace, name),
      ].map(({ metadata }) => keyOf(metadata))),
      watched(Pod, ({ metadata }) => {
        const deployment = metadata.labels[labels.modelDeployment];
        return deployment === undefined ? [] : [`${metadata.namespace}/${deployment}`];
      }),
      watched(PersistentVolumeClaim, () => []),
      // The profile of a version is published after the version is Ready.
      watched(ConfigMap, ({ metadata }, read) => {
        const version = metadata.labels[labels.modelVersion];
        return version === undefined ? [] : read.indexed(capturingDeployments, metadata.namespace, version).map((deployment) => keyOf(deployment.metadata));
      }),
    ],
    source,
    observe: (read, object, facts) => observe(read, object, { facts, presets: settings.presets }),
    act: (object, seen) => act(object, seen, settings),
    decide: (object, seen, now) => decide(object, seen, { settings, now }),
  };
}

/** Everything is built from the record: what serves goes on serving when its ModelVersion, its run or its Pipeline is gone. */
function act(object: LiveDeployment, seen: Seen, settings: Settings): Action<RouterWant> {
  const { metadata, spec, status } = object;
  const children = status.versions.flatMap((recorded): Child[] => [
    ...podsOf(object, recorded, seen.versions[recorded.name]),
    modelService(metadata, spec, recorded.name),
  ]);
  const routers = seen.routers.flatMap(({ metadata: pod, ip }) => (ip === undefined ? [] : [{ uid: pod.uid, ip, ending: pod.deletionTimestamp !== undefined }]));
  return {
    children: [...children, ...frontend(metadata, routerConfig(object), settings)],
    want: { config: routerConfig(object, liveOf(seen)), routers, following: isMoving(status) },
  };
}

/** What a changed runtime cannot serve is left as it is: its pods go on serving. */
function podsOf({ metadata, spec }: LiveDeployment, recorded: ModelDeploymentStatus['versions'][number], seen: VersionSeen | undefined): Child[] {
  if (isServable(spec, recorded)) return [modelDeployment(metadata, spec, { recorded, claim: seen?.claim })];
  return seen?.deployment ? [stayingDeployment(metadata, recorded.name)] : [];
}

function decide(object: LiveDeployment, seen: Seen, at: { readonly settings: Settings; readonly now: number }): Decision<ModelDeploymentStatus, Conditions> {
  const { metadata, spec, status } = object;
  const routers = routerState(object, seen);
  const record = nextRecord(spec, status, fresh(object, seen, { ...at, routers }));
  const active = record.activeVersion;
  return {
    status: {
      ...record,
      url: `http://${metadata.name}.${metadata.namespace}.svc`,
      replicas: active === undefined ? 0 : seen.versions[active]?.deployment?.availableReplicas ?? 0,
      selector: active === undefined ? '' : Object.entries(modelLabels(metadata.name, active)).map(([key, value]) => `${key}=${value}`).join(','),
    },
    ...report(object, record, { seen, routers, now: at.now }),
    ...(isMoving(record) ? { recheckAfterMs: rolloutRecheckMs } : {}),
  };
}

function liveOf(seen: Seen): Live {
  return { endpoints: (version) => endpoints(seen, version), baseline: (version) => seen.versions[version]?.baseline };
}

/** Whether traffic is being moved, or a version let go of. */
function isMoving({ rollout, versions }: Pick<Recorded, 'rollout' | 'versions'>): boolean {
  return rollout !== undefined || versions.some(({ role }) => role === 'Draining');
}

function fresh(object: LiveDeployment, seen: Seen, at: { readonly settings: Settings; readonly now: number; readonly routers: RouterState }): Fresh {
  const { metadata, spec } = object;
  return {
    target: 'version' in seen.target ? seen.target : undefined,
    specDigest: digestOf(without(spec, 'replicas', 'suspend')),
    state: (version) => stateOf(seen, version, spec.replicas),
    serves: (version) => endpoints(seen, version).length > 0,
    routersConfirm: at.routers.ready > 0 && at.routers.upToDate === at.routers.ready,
    verdicts: verdicts(object, seen),
    asked: {
      promote: token(metadata, requests.promote),
      abort: token(metadata, requests.abort),
      retry: token(metadata, requests.retry),
    },
    images: { agent: at.settings.image, server: spec.runtime.preset ? at.settings.presets[spec.runtime.preset.name] : undefined },
    now: at.now,
  };
}

function stateOf({ versions }: Seen, version: string, replicas: number): VersionState {
  const { deployment, pods = [] } = versions[version] ?? {};
  if (!deployment) return 'Pending';
  if (deployment.observed && deployment.replicas === replicas && deployment.updatedReplicas >= replicas && deployment.availableReplicas >= replicas) return 'Ready';
  const failed = pods.some(({ containers }) => containers.some(({ waiting }) => waiting === 'CrashLoopBackOff'));
  return failed ? 'Failed' : pods.some(({ phase }) => phase === 'Running') ? 'Loading' : 'Pending';
}

/** How many routers take requests, and how many of them have confirmed the recorded configuration. */
function routerState(object: LiveDeployment, seen: Seen): RouterState {
  const config = routerConfig(object, liveOf(seen));
  const ready = seen.routers.filter((pod) => pod.ready && pod.metadata.deletionTimestamp === undefined);
  const facts = ready.map(({ metadata }) => seen.facts.get(metadata.uid));
  return {
    ready: ready.length,
    upToDate: facts.filter((fact) => fact?.revision === config.revision).length,
    untold: facts.filter((fact) => fact?.revision !== config.revision && fact?.asked !== toldOf(config)).length,
  };
}

/** Compares the versions over what the routers have counted in the window of the recorded step. */
function verdicts(object: LiveDeployment, { facts }: Seen): CheckVerdict[] {
  const { spec, status } = object;
  const { rollout, step, activeVersion } = status;
  if (!rollout || !step || activeVersion === undefined) return [];
  const window = windowOf(status);
  const counted = [...facts.values()].flatMap(({ summary }) => (summary?.window === window ? summary.counts : []));
  const of = (version: string) => sumCounts(version, counted.filter((counts) => counts.version === version));
  return spec.rollout.analysis.map((check) => judge(check, of(activeVersion), of(rollout.version)));
}
