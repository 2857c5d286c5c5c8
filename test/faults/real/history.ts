import type { Resource } from '../../../operator/runtime/kind.ts';
import { ConfigMap, ControllerRevision, Deployment, DriftPolicy, Job, ModelDeployment, ModelVersion, NetworkPolicy, PersistentVolumeClaim, Pipeline, PipelineRun, Pod, Service, type Watching, type Whole } from '../../integration/operator/watching.ts';
import type { Plural, Revision, View } from '../world.ts';

const resources: Readonly<Record<Plural, Resource<Whole>>> = {
  pipelines: Pipeline, pipelineruns: PipelineRun, modelversions: ModelVersion, modeldeployments: ModelDeployment, driftpolicies: DriftPolicy,
  deployments: Deployment, services: Service, configmaps: ConfigMap, networkpolicies: NetworkPolicy, controllerrevisions: ControllerRevision,
  persistentvolumeclaims: PersistentVolumeClaim, jobs: Job, pods: Pod,
};

/** Every namespace has one, made by the controller manager. */
const rootCertificates = 'kube-root-ca.crt';

export function resourceOf(plural: Plural): Resource<Whole> {
  return resources[plural];
}

function isShown({ metadata }: Whole): boolean {
  return metadata.name !== rootCertificates;
}

export function viewOf(watching: Watching, namespace: string): View {
  return {
    get: (plural, name) => watching.get(resources[plural], namespace, name),
    list: (plural) => watching.list(resources[plural], namespace).filter(isShown)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).map(({ live }) => live),
  };
}

/** Keeps every revision of a namespace's objects from now on, in the order in which the watches tell of them. */
export function recordHistory(watching: Watching, namespace: string): Revision[] {
  const history: Revision[] = [];
  for (const [plural, resource] of Object.entries(resources) as [Plural, Resource<Whole>][]) {
    const note = (type: Revision['type'], { metadata: { name, uid }, live }: Whole): void => void history.push({ plural, name, uid, type, live });
    watching.onChange(resource, ({ before, after }) => {
      const object = after ?? before;
      if (object?.metadata.namespace !== namespace || !isShown(object)) return;
      const replaced = before && before.metadata.uid !== after?.metadata.uid;
      if (replaced) note('Deleted', before);
      if (after) note(before && !replaced ? 'Modified' : 'Added', after);
    });
  }
  return history;
}
