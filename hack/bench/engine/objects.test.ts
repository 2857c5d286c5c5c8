import { describe, expect, test } from '@jest/globals';
import { parseMeta } from '../../../operator/kube/metadata.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { Deployment, isSteady, Widget, type SeenDeployment, type SeenWidget } from './objects.ts';

const metadata = { name: 'w', namespace: 'n', uid: 'u', resourceVersion: '7', generation: 2 };
const meta = parseMeta({ metadata })!;
const widget = (status: Json): SeenWidget => Widget.project(meta, { metadata, spec: { image: 'a', replicas: 2, port: 80 }, status });
const deployment = (status: Json, image = 'a'): SeenDeployment =>
  Deployment.project(meta, { metadata, spec: { replicas: 2, template: { spec: { containers: [{ image }] } } }, status });

const ready = widget({ observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True' }] });
const filled = deployment({ observedGeneration: 2, readyReplicas: 2 });
const service = { metadata: meta };

describe('an object is steady', () => {
  test.each<[string, boolean, Partial<Parameters<typeof isSteady>[1]>]>([
    ['when all is there and the contender says so', true, {}],
    ['but not before it has a Service', false, { service: undefined }],
    ['but not when Ready speaks of an older spec', false, { widget: widget({ observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] }) }],
    ['but not when Ready is False', false, { widget: widget({ observedGeneration: 2, conditions: [{ type: 'Ready', status: 'False' }] }) }],
    ['but not when the Deployment has the image of before', false, { deployment: deployment({ observedGeneration: 2, readyReplicas: 2 }, 'b') }],
    ['but not when a replica is missing', false, { deployment: deployment({ observedGeneration: 2, readyReplicas: 1 }) }],
    ['but not when the replicas are those of an older spec', false, { deployment: deployment({ observedGeneration: 1, readyReplicas: 2 }) }],
  ])('%s', (_name, steady, changed) => {
    expect(isSteady({ image: 'a', replicas: 2 }, { widget: ready, deployment: filled, service, ...changed })).toBe(steady);
  });

  test('only when it is what was asked for last', () => {
    expect(isSteady({ image: 'a', replicas: 3 }, { widget: ready, deployment: filled, service })).toBe(false);
  });
});
