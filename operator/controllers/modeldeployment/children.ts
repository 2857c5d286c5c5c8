import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { parseVolumeUri, type Container } from '../../api/v1alpha1/shared.ts';
import { paths } from '../../dataplane/task.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Json, Meta } from '../../runtime/kind.ts';
import { childName, managedBy, managedByLabel } from '../../runtime/names.ts';
import { labels } from '../labels.ts';
import { agentContainer, claimVolume, restrictedPod, storeAffinity, userContainer } from '../pods.ts';
import { Deployment, Service, type StoredClaim } from '../resources/objects.ts';
import { presets } from './presets.ts';

/** Seconds a pod goes on serving after it was told to end, until nobody sends it requests any more. */
export const goodbyeSeconds = 5;
const graceSeconds = 60;

/** Labels that select the pods of one version. */
export function modelLabels(deployment: string, version: string): Readonly<Record<string, string>> {
  return { [labels.modelDeployment]: deployment, [labels.component]: 'model', [labels.modelVersion]: version };
}

/** Name of a version's Deployment and headless Service. */
export function modelChildName(owner: Pick<Meta, 'uid' | 'name'>, version: string): string {
  return childName(owner, owner.name, 'model', version);
}

/** Port on which the pods of every version serve. */
export function modelPort(spec: Pick<ModelDeploymentSpec, 'runtime'>): number {
  return spec.runtime.port ?? presets[spec.runtime.preset?.name ?? 'mlserver'].port;
}

export interface ServedVersion {
  readonly recorded: ModelDeploymentStatus['versions'][number];
  readonly claim: StoredClaim | undefined;
}

/** Whether it is known how to serve the version. */
export function isServable({ runtime: { preset } }: ModelDeploymentSpec, { serverImage, format }: ServedVersion['recorded']): boolean {
  return !preset || (serverImage !== '' && presets[preset.name].formats.includes(format));
}

/** The pods of a version that stay as they are. */
export function stayingDeployment(owner: Meta, version: string): Child {
  return { life: 'CreateOnce', resource: Deployment, body: { metadata: { name: modelChildName(owner, version) } } };
}

/** The pods of one version. An init container puts the verified model where the server finds it, or the pod does not start. */
export function modelDeployment(owner: Meta, spec: ModelDeploymentSpec, version: ServedVersion): Child {
  const own = modelLabels(owner.name, version.recorded.name);
  const { claim: claimName, path } = parseVolumeUri(version.recorded.uri);
  const load = agentContainer(version.recorded.agentImage,
    { verb: 'load', artifact: { root: paths.store, path }, digest: version.recorded.digest, to: paths.models },
    [{ name: 'store', mountPath: paths.store, readOnly: true }, { name: 'models', mountPath: paths.models }]);
  return {
    life: 'Apply',
    resource: Deployment,
    body: {
      metadata: { name: modelChildName(owner, version.recorded.name), labels: own },
      spec: {
        replicas: spec.replicas,
        revisionHistoryLimit: 1,
        selector: { matchLabels: own },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels: { ...own, [managedByLabel]: managedBy, [labels.store]: claimName, [labels.port]: String(modelPort(spec)) } },
          spec: {
            ...restrictedPod,
            ...storeAffinity(version.claim, claimName),
            terminationGracePeriodSeconds: graceSeconds,
            initContainers: [load],
            containers: [{ ...server(spec, version), lifecycle: { preStop: { sleep: { seconds: goodbyeSeconds } } } }],
            volumes: [
              claimVolume('store', claimName, true),
              { name: 'models', emptyDir: {} },
              { name: 'tmp', emptyDir: {} },
            ],
          },
        },
      },
    },
  };
}

function server(spec: ModelDeploymentSpec, version: ServedVersion): Json {
  const port = modelPort(spec);
  const mounts = [{ name: 'models', mountPath: paths.models, readOnly: true }, { name: 'tmp', mountPath: '/tmp' }];
  const writable = [{ name: 'HOME', value: '/tmp' }, { name: 'TMPDIR', value: '/tmp' }];
  const ports = [{ name: 'http', containerPort: port, protocol: 'TCP' }];
  if (spec.runtime.type === 'Container' && spec.runtime.container) {
    const probe = spec.runtime.protocol === 'V2' ? { httpGet: { path: '/v2/health/ready', port, scheme: 'HTTP' } } : { tcpSocket: { port } };
    return { ...userContainer('server', spec.runtime.container, { mounts, env: writable }), ports, readinessProbe: readiness(probe) };
  }
  const preset = presets[spec.runtime.preset?.name ?? 'mlserver'];
  const container: Container = {
    image: version.recorded.serverImage,
    command: [...preset.command],
    args: [],
    env: preset.env(spec.model, version.recorded.format).map(({ name, value }) => ({ name, value })),
    resources: spec.runtime.preset?.resources ?? preset.resources,
  };
  return {
    ...userContainer('server', container, { mounts, env: writable }),
    ports,
    readinessProbe: readiness({ httpGet: { path: preset.readyPath(spec.model), port, scheme: 'HTTP' } }),
  };
}

function readiness(probe: Json): Json {
  return { ...probe, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 };
}

/** Lets routers find the pods of a version when the operator cannot tell them. */
export function modelService(owner: Meta, spec: ModelDeploymentSpec, version: string): Child {
  const own = modelLabels(owner.name, version);
  const port = modelPort(spec);
  return {
    life: 'Apply',
    resource: Service,
    body: {
      metadata: { name: modelChildName(owner, version), labels: own },
      spec: { type: 'ClusterIP', clusterIP: 'None', selector: own, ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }] },
    },
  };
}
