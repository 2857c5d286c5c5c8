import { routerClosing, routerFileVariable, routerPorts, type RouterConfig } from '../../dataplane/routing.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { childName, managedBy, managedByLabel } from '../../runtime/names.ts';
import { labels } from '../labels.ts';
import { readOnlyContainer, restrictedPod } from '../pods.ts';
import { ConfigMap, Deployment, NetworkPolicy, Service } from '../resources/objects.ts';
import type { Settings } from '../settings.ts';
import { goodbyeSeconds } from './children.ts';

/** Routers of each ModelDeployment: one can end while the other serves. */
const routers = 2;
/** With some seconds to spare. Afterwards the pod is killed, and what its router has counted and nobody fetched is lost. */
const graceSeconds = goodbyeSeconds + (routerClosing.closeMs + routerClosing.countMs + routerClosing.pullMs) / 1_000 + 4;
const fileName = 'router.json';
const folder = '/etc/modelkeeper';

/** Labels that select the routers. */
export function routerLabels(deployment: string): Readonly<Record<string, string>> {
  return { [labels.modelDeployment]: deployment, [labels.component]: 'router' };
}

function routerName(owner: Meta): string {
  return childName(owner, owner.name, 'router');
}

/** What stands in front of the versions: the routers, their cold-start configuration, and the address that stays. */
export function frontend(owner: Meta, config: RouterConfig, settings: Settings): Child[] {
  return [coldStart(owner, config, settings), routerDeployment(owner, settings), stableService(owner), networkPolicy(owner, settings)];
}

function coldStart(owner: Meta, config: RouterConfig, { publicKey }: Settings): Child {
  return {
    life: 'Apply',
    resource: ConfigMap,
    body: {
      metadata: { name: routerName(owner), labels: routerLabels(owner.name) },
      data: { [fileName]: JSON.stringify({ publicKey, config }) },
    },
  };
}

function routerDeployment(owner: Meta, { image }: Settings): Child {
  const own = routerLabels(owner.name);
  const port = (name: string, containerPort: number) => ({ name, containerPort, protocol: 'TCP' });
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });
  return {
    life: 'Apply',
    resource: Deployment,
    body: {
      metadata: { name: routerName(owner), labels: own },
      spec: {
        replicas: routers,
        revisionHistoryLimit: 1,
        selector: { matchLabels: own },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels: { ...own, [managedByLabel]: managedBy } },
          spec: {
            ...restrictedPod,
            terminationGracePeriodSeconds: graceSeconds,
            containers: [{
              name: 'router',
              image,
              imagePullPolicy: 'IfNotPresent',
              args: ['router'],
              env: [
                field('POD_UID', 'metadata.uid'),
                // What is captured is garbage within a second: a small nursery keeps the resident size down.
                { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' },
                { name: routerFileVariable, value: `${folder}/${fileName}` },
              ],
              ports: [port('inference', routerPorts.inference), port('metrics', routerPorts.metrics), port('admin', routerPorts.admin)],
              resources: { requests: { cpu: '100m', memory: '96Mi' }, limits: { memory: '512Mi' } },
              securityContext: readOnlyContainer,
              readinessProbe: { httpGet: { path: '/readyz', port: routerPorts.metrics, scheme: 'HTTP' }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
              livenessProbe: { httpGet: { path: '/healthz', port: routerPorts.metrics, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
              lifecycle: { preStop: { sleep: { seconds: goodbyeSeconds } } },
              volumeMounts: [{ name: 'config', mountPath: folder, readOnly: true }],
            }],
            volumes: [{ name: 'config', configMap: { name: routerName(owner) } }],
          },
        },
      },
    },
  };
}

/** The address of the model. It bears the name of its ModelDeployment and leads to the routers. */
function stableService(owner: Meta): Child {
  const own = routerLabels(owner.name);
  return {
    life: 'Apply',
    resource: Service,
    body: {
      metadata: { name: owner.name, labels: own },
      spec: { type: 'ClusterIP', selector: own, ports: [{ name: 'http', port: 80, targetPort: routerPorts.inference, protocol: 'TCP' }] },
    },
  };
}

/** Only the operator reaches the routers' admin port. */
function networkPolicy(owner: Meta, { operatorNamespace }: Settings): Child {
  const ports = (...list: number[]) => list.map((port) => ({ port, protocol: 'TCP' }));
  return {
    life: 'Apply',
    resource: NetworkPolicy,
    body: {
      metadata: { name: routerName(owner), labels: routerLabels(owner.name) },
      spec: {
        podSelector: { matchLabels: routerLabels(owner.name) },
        policyTypes: ['Ingress'],
        ingress: [
          { ports: ports(routerPorts.inference, routerPorts.metrics) },
          {
            ports: ports(routerPorts.admin),
            from: [{
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': operatorNamespace } },
              podSelector: { matchLabels: { 'app.kubernetes.io/name': 'modelkeeper' } },
            }],
          },
        ],
      },
    },
  };
}
