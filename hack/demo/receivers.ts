import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SinkType } from '../../operator/notify/notice.ts';
import { issue, type Issued } from '../../test/receivers/certificate.ts';
import type { Failures, Received } from '../../test/receivers/receiver.ts';
import { repository } from '../images/paths.ts';
import type { Kubectl } from './cluster/kubectl.ts';
import { ensureNamespace } from './cluster/namespaces.ts';

export const receiversNamespace = 'modelkeeper-receivers';
const name = 'receiver';
const host = `${name}.${receiversNamespace}.svc`;
const proxy = `/api/v1/namespaces/${receiversNamespace}/services/https:${name}:443/proxy`;
const labels = { app: name };

/** Where a GET tells what came, through the API server. */
export const receivedPath = `${proxy}/received`;

/** What takes the place of Slack and Teams in a cluster. */
export interface Receivers {
  /** Whom its certificate is from, as PEM. */
  readonly caBundle: string;
  urlFor(type: SinkType): string;
  /** Values of the chart that let objects of these namespaces send notices to it, and to nobody else. */
  values(namespaces: readonly string[]): object;
  /** A Secret with the two URLs, by the keys `slack` and `teams`. */
  secret(name: string): object;
  received(): Promise<Received[]>;
  /** Has it refuse the next messages. */
  fail(failures: Failures): Promise<void>;
}

/** Runs the receiver in a namespace of its own, from an image with Node; returns when it answers. One that is there stays. */
export async function deployReceiver(kubectl: Kubectl, image: string): Promise<Receivers> {
  const own = kubectl.in(receiversNamespace);
  await ensureNamespace(own);
  const tls = await certificate(own);
  await own.apply(receiverObjects(image, tls));
  await own.run(['rollout', 'status', `deployment/${name}`, '--timeout=180s'], { timeoutMs: 190_000 });
  const urlFor = (type: SinkType): string => `https://${host}/${type.toLowerCase()}`;
  return {
    caBundle: tls.authority,
    urlFor,
    values: (namespaces) => ({ notify: { allowedHosts: [{ host, port: 443, allowPrivate: true }], caBundle: tls.authority, namespaces } }),
    secret: (called) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: called }, stringData: { slack: urlFor('Slack'), teams: urlFor('Teams') } }),
    received: async () => JSON.parse(await own.raw(receivedPath)) as Received[],
    fail: async (failures) => {
      await own.run(['create', '--raw', `${proxy}/fail`, '--filename', '-'], { input: JSON.stringify(failures) });
    },
  };
}

/** The certificate that an earlier call has left, or a new one. */
async function certificate(own: Kubectl): Promise<Issued> {
  const found = await own.get<{ kind: string; metadata: { name: string; uid: string }; data: Record<string, string> }>('secret', name);
  if (!found) return issue(host);
  const entry = (key: string): string => Buffer.from(found.data[key] ?? '', 'base64').toString();
  return { authority: entry('ca.crt'), cert: entry('tls.crt'), key: entry('tls.key') };
}

/** All that the receiver is in a cluster. */
export function receiverObjects(image: string, tls: Issued): object[] {
  const script = readFileSync(join(repository, 'test/receivers/receiver.ts'), 'utf8');
  // Another script or certificate is another pod.
  const revision = createHash('sha256').update(script).update(tls.cert).digest('hex').slice(0, 16);
  return [
    {
      apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'kubernetes.io/tls',
      stringData: { 'ca.crt': tls.authority, 'tls.crt': tls.cert, 'tls.key': tls.key },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'receiver.mts': script } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ name: 'https', port: 443, targetPort: 8443 }] } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
      spec: {
        replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: labels },
        template: { metadata: { labels, annotations: { 'modelkeeper.dev/revision': revision } }, spec: podSpec(image) },
      },
    },
  ];
}

function podSpec(image: string): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{
      name, image, imagePullPolicy: 'IfNotPresent',
      command: ['/usr/local/bin/node', '/receiver/receiver.mts', '/tls/tls.crt', '/tls/tls.key', '8443'],
      readinessProbe: { httpGet: { path: '/healthz', port: 8443, scheme: 'HTTPS' }, periodSeconds: 1 },
      resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'receiver', mountPath: '/receiver', readOnly: true }, { name: 'tls', mountPath: '/tls', readOnly: true }],
    }],
    volumes: [{ name: 'receiver', configMap: { name } }, { name: 'tls', secret: { secretName: name, defaultMode: 0o440 } }],
  };
}
