import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ModelDeployment } from '../../../operator/api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../../operator/api/v1alpha1/modelversion.ts';
import { frontend } from '../../../operator/controllers/modeldeployment/frontend.ts';
import { modelDeployment as deploymentOf, modelService } from '../../../operator/controllers/modeldeployment/children.ts';
import { routerConfig } from '../../../operator/controllers/modeldeployment/routing.ts';
import { collectionPath } from '../../../operator/kube/paths.ts';
import { openTransport, type Transport } from '../../../operator/kube/transport.ts';
import type { Child } from '../../../operator/runtime/controller.ts';
import { apiVersion, type Json, type Meta } from '../../../operator/runtime/kind.ts';
import { desiredHash, ownedHash, ownedPart } from '../../../operator/runtime/owned.ts';
import { stamp } from '../../../operator/runtime/writes.ts';
import { apiServer, ForeignClient, silent } from '../apiserver.ts';
import { modelDeployment, modelVersion } from './samples.ts';

let transport: Transport;
let namespace: string;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  transport = openTransport({ source: { file: kubeconfig }, recorder: silent });
  const client = new ForeignClient(kubeconfig);
  namespace = await client.freshNamespace();
  await client.close();
}, 120_000);

afterAll(() => transport.close());

const settings = { image: 'modelkeeper:test', presets: { mlserver: 'mlserver:test' }, operatorNamespace: 'modelkeeper-system', publicKey: 'key' };

/** All children of a deployment that serves one version. */
function children(spec: Json, version: Json = {}): { readonly owner: { readonly metadata: Meta; readonly apiVersion: string; readonly kind: string }; readonly children: Child[] } {
  const metadata: Meta = { name: 'fraud', namespace, uid: '11111111-2222-3333-4444-555555555555', resourceVersion: '1', generation: 1, creationTimestamp: '', labels: {}, annotations: {} };
  const served = ModelVersion.spec.parse(modelVersion('fraud-1', version)['spec']);
  const parsed = ModelDeployment.spec.parse(modelDeployment(spec)['spec']);
  const { uri, digest } = served.artifact;
  const recorded = {
    name: 'fraud-1', role: 'Active' as const, state: 'Ready' as const, weight: 100, uri, digest, format: served.format.name, agentImage: 'modelkeeper:test', serverImage: 'mlserver:test',
  };
  const status = ModelDeployment.status.parse({ versions: [recorded], activeVersion: 'fraud-1' });
  return {
    owner: { metadata, apiVersion: apiVersion(ModelDeployment), kind: 'ModelDeployment' },
    children: [
      deploymentOf(metadata, parsed, { recorded, claim: undefined }),
      modelService(metadata, parsed, 'fraud-1'),
      ...frontend(metadata, routerConfig({ metadata, spec: parsed, status }), settings),
    ],
  };
}

function container(more: Json): Json {
  return { runtime: { type: 'Container', port: 9000, protocol: 'V2', container: { image: 'server:1', ...more } } };
}

async function dryRun(child: Child, body: Json): Promise<Json> {
  const path = `${collectionPath(child.resource, namespace)}/${child.body.metadata.name}`;
  const query = { fieldManager: 'modelkeeper', force: 'true', dryRun: 'All' };
  return transport.request({ method: 'PATCH', path, query, contentType: 'application/apply-patch+yaml', body });
}

describe('the API server stores what is sent, with', () => {
  const specs: Record<string, Json> = {
    'nothing but an image': container({}),
    'whole cores in thousandths': container({ resources: { requests: { cpu: '1000m' }, limits: { cpu: '2500m' } } }),
    'half a core as a fraction': container({ resources: { requests: { cpu: '0.5' }, limits: { cpu: '1.50' } } }),
    'memory in a smaller unit than fits': container({ resources: { requests: { memory: '1024Mi' }, limits: { memory: '1048576Ki' } } }),
    'memory as a number': container({ resources: { requests: { memory: 1_073_741_824 }, limits: { memory: '2G' } } }),
    'no resources of either sort': container({ resources: {} }),
    'empty lists of resources': container({ resources: { requests: {}, limits: {} } }),
    'nothing of a resource': container({ resources: { requests: { cpu: 0 }, limits: { cpu: '0' } } }),
    'a device': container({ resources: { limits: { 'nvidia.com/gpu': 1 } } }),
    'limits and no requests': container({ resources: { limits: { cpu: '1', memory: '1Gi' } } }),
    'many variables, not in order': container({ env: [{ name: 'Z', value: '1' }, { name: 'A', value: '2' }, { name: 'M', value: '3' }] }),
    'a variable without a value': container({ env: [{ name: 'EMPTY' }, { name: 'ALSO', value: '' }] }),
    'variables that name each other': container({ env: [{ name: 'A', value: '$(B) $$(C)' }, { name: 'B', value: 'b' }] }),
    'a command, arguments and a folder': container({ command: ['/bin/sh', '-c'], args: ['', ' ', 'a b'], workingDir: '/srv/app/' }),
    'raw HTTP': { runtime: { type: 'Container', port: 65_535, protocol: 'Raw', container: { image: 'server:1' } } },
    'no replicas': { replicas: 0 },
    'a preset': { runtime: { type: 'Preset', preset: { name: 'mlserver' } } },
    'a preset with resources': { runtime: { type: 'Preset', preset: { name: 'mlserver', resources: { requests: { cpu: '0.1' } } } } },
  };

  test.each(Object.entries(specs))('%s', async (_what, spec) => {
    const all = children(spec);
    expect(all.children).toHaveLength(6);
    for (const child of all.children) {
      const body = stamp(all.owner, child);
      const live = await dryRun(child, body);
      // The same twice: the first tells where they differ.
      expect(ownedPart(live, 'modelkeeper')).toEqual(ownedPartOf(body));
      expect(ownedHash(live, 'modelkeeper')).toBe(desiredHash(body));
    }
  });
});

/** What `desiredHash` looks at. */
function ownedPartOf({ apiVersion: _apiVersion, kind: _kind, metadata, ...rest }: Json): Json {
  const { name: _name, namespace: _namespace, ...owned } = metadata as Json;
  return JSON.parse(JSON.stringify({ ...rest, metadata: owned })) as Json;
}
