import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { apiServer, ForeignClient } from '../integration/apiserver.ts';
import { definitions as definitionsOf, installDefinitionsOn } from '../integration/definitions.ts';
import { make } from '../make.ts';
import { asker, pathOf, strictDryRun } from './answers.ts';
import { schemaOf } from './generate/schema.ts';
import { largest } from './generate/size.ts';
import { Manifest } from './items.ts';

const root = join(import.meta.dirname, '../..');
const definitions = definitionsOf();

let asking: ReturnType<typeof asker>;
let client: ForeignClient;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  await installDefinitionsOn(kubeconfig);
  asking = asker(kubeconfig);
  client = new ForeignClient(kubeconfig);
});

afterAll(async () => {
  await asking.close();
  await client.close();
});

function nameOf(manifest: Json): string {
  return Manifest.parse(manifest).metadata.name;
}

/** Why the API server would not store it, or undefined. */
async function refusal(manifest: Manifest, namespace: string): Promise<unknown> {
  const { code, body } = await asking.ask('POST', pathOf(manifest, namespace) + strictDryRun, manifest);
  return code < 300 ? undefined : body['message'];
}

function documentsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => Manifest.parse(document.toJSON()));
}

describe('an example is accepted', () => {
  const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.ya?ml$/.test(file));
  test.each(files)('%s', async (file) => {
    const namespace = await client.freshNamespace();
    for (const document of documentsIn(readFileSync(join(root, 'examples', file), 'utf8'))) {
      expect(await refusal(document, namespace)).toBeUndefined();
    }
  });
});

describe('every definition', () => {
  /** Paths of the properties that `kubectl explain --recursive` would show without a word. */
  function undescribed(schema: unknown, path: string): string[] {
    const node = asRecord(schema) ?? {};
    const own = Object.entries(asRecord(node['properties']) ?? {}).flatMap(([name, property]) => [
      ...(path === '' && name === 'metadata' || typeof asRecord(property)?.['description'] === 'string' ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ]);
    return [...own, ...(node['items'] === undefined ? [] : undescribed(node['items'], `${path}[]`))];
  }

  /** Rules that the API server checks, with their messages. */
  function rulesOf(schema: unknown): Json[] {
    if (Array.isArray(schema)) return schema.flatMap(rulesOf);
    const node = asRecord(schema);
    if (!node) return [];
    return Object.entries(node).flatMap(([name, member]) => (name === 'x-kubernetes-validations' ? asItems(member).map((rule) => asRecord(rule) ?? {}) : rulesOf(member)));
  }

  const schemas = definitions.map((definition) => [nameOf(definition), asRecord(asItems(asRecord(definition['spec'])?.['versions']).map(asRecord)[0]?.['schema'])?.['openAPIV3Schema']] as const);

  test.each(schemas)('%s describes each of its fields', (_name, schema) => expect(undescribed(schema, '')).toEqual([]));

  test.each(schemas)('%s says what is wrong in at most 160 characters', (_name, schema) => {
    for (const { message, messageExpression } of rulesOf(schema)) {
      expect(message ?? messageExpression).toEqual(expect.any(String));
      if (typeof message === 'string') expect(message.length).toBeLessThanOrEqual(160);
    }
  });

  test.each(kinds.flatMap(({ kind }) => (['spec', 'status'] as const).map((part) => [kind, part] as const)))('%s bounds its %s, so that etcd takes it whole', (kind, part) => {
    const schema = schemaOf(kind, part);
    const size = largest(schema);
    expect(size).toBeLessThan(Infinity);
    // A rule bounds the long texts of all steps together, which bounds of the single fields do not show.
    if (kind !== 'Pipeline' || part !== 'spec') expect(size).toBeLessThan(1_048_576);
  });

  test('is stored as it was sent', async () => {
    for (const { plural, kind, shortName } of kinds) {
      const live = await client.get(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.modelkeeper.dev`);
      expect(asRecord(live['spec'])?.['names']).toEqual({
        kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName], categories: ['modelkeeper'],
      });
    }
  });
});

describe('zod and the API server agree', () => {
  const pipeline = make.pipeline().spec;
  const deployment = make.deployment().spec;
  const version = make.version().spec;
  const [train] = pipeline.steps;
  const step = (changes: Json): Json => ({ ...pipeline, register: undefined, steps: [{ ...train, ...changes }] });
  const container = (changes: Json): Json => step({ container: { image: 'a', ...changes } });

  const table: Record<string, { kind: string; spec: Json; valid: boolean }> = {
    'the examples of the tests: Pipeline': { kind: 'Pipeline', spec: pipeline, valid: true },
    'the examples of the tests: PipelineRun': { kind: 'PipelineRun', spec: make.run().spec, valid: true },
    'the examples of the tests: ModelVersion': { kind: 'ModelVersion', spec: version, valid: true },
    'the examples of the tests: ModelDeployment': { kind: 'ModelDeployment', spec: deployment, valid: true },
    'a name of 20 characters': { kind: 'Pipeline', spec: step({ name: 'a'.repeat(20) }), valid: true },
    'a name of 21 characters': { kind: 'Pipeline', spec: step({ name: 'a'.repeat(21) }), valid: false },
    'a name that ends in a line feed': { kind: 'Pipeline', spec: step({ name: 'train\n' }), valid: false },
    'a name with an accent': { kind: 'Pipeline', spec: step({ name: 'tréin' }), valid: false },
    'no name': { kind: 'Pipeline', spec: step({ name: undefined }), valid: false },
    'a null instead of a list': { kind: 'Pipeline', spec: step({ container: null }), valid: false },
    'an environment variable called __proto__': { kind: 'Pipeline', spec: container({ env: [{ name: '__proto__', value: 'x' }] }), valid: true },
    'whole quantities as numbers': { kind: 'Pipeline', spec: container({ resources: { limits: { cpu: 2 } } }), valid: true },
    'fractional quantities as numbers': { kind: 'Pipeline', spec: container({ resources: { limits: { cpu: 0.5 } } }), valid: false },
    'a negative whole quantity': { kind: 'Pipeline', spec: container({ resources: { limits: { cpu: -1 } } }), valid: false },
    'negative quantities': { kind: 'Pipeline', spec: container({ resources: { limits: { cpu: '-1' } } }), valid: false },
    'a shell command as a text': { kind: 'Pipeline', spec: container({ command: 'rm -rf /' }), valid: false },
    'a retry limit beyond int32': { kind: 'Pipeline', spec: step({ retry: { limit: 3_000_000_000 } }), valid: false },
    'a fraction of a retry': { kind: 'Pipeline', spec: step({ retry: { limit: 1.5 } }), valid: false },
    'a timeout without a unit': { kind: 'Pipeline', spec: step({ timeout: '60' }), valid: false },
    'a timeout of an hour and a half': { kind: 'Pipeline', spec: step({ timeout: '1h30m' }), valid: true },
    'no steps': { kind: 'Pipeline', spec: { ...pipeline, register: undefined, steps: [] }, valid: false },
    'a digest in upper case': { kind: 'ModelVersion', spec: { ...version, artifact: { ...version.artifact, digest: `sha256:${'A'.repeat(64)}` } }, valid: false },
    'more bytes than fit in 32 bits': { kind: 'ModelVersion', spec: { ...version, artifact: { ...version.artifact, bytes: 2 ** 40 } }, valid: true },
    'negative bytes': { kind: 'ModelVersion', spec: { ...version, artifact: { ...version.artifact, bytes: -1 } }, valid: false },
    'a metric of zero': { kind: 'ModelVersion', spec: { ...version, metrics: [{ name: 'loss', value: 0 }] }, valid: true },
    'a metric as a text': { kind: 'ModelVersion', spec: { ...version, metrics: [{ name: 'loss', value: '0.5' }] }, valid: false },
    'an unknown format': { kind: 'ModelVersion', spec: { ...version, format: { name: 'pickle' } }, valid: false },
    'no replicas': { kind: 'ModelDeployment', spec: { ...deployment, replicas: 0 }, valid: true },
    'negative replicas': { kind: 'ModelDeployment', spec: { ...deployment, replicas: -1 }, valid: false },
    'a threshold of exactly 1': { kind: 'ModelDeployment', spec: { ...deployment, rollout: { steps: [{ weight: 50 }], analysis: [{ name: 'a', metric: 'ErrorRate', maxWorse: 1 }] } }, valid: true },
    'a threshold above 1': { kind: 'ModelDeployment', spec: { ...deployment, rollout: { steps: [{ weight: 50 }], analysis: [{ name: 'a', metric: 'ErrorRate', maxWorse: 1.01 }] } }, valid: false },
    'nothing but what is required': { kind: 'ModelDeployment', spec: { model: 'fraud', runtime: { type: 'Preset', preset: { name: 'mlserver' } } }, valid: true },
  };

  test.each(Object.entries(table))('on %s', async (_name, { kind, spec, valid }) => {
    const type = kinds.find((own) => own.kind === kind);
    const body = Manifest.parse({ apiVersion: 'modelkeeper.dev/v1alpha1', kind, metadata: { name: 'fraud-1' }, spec: JSON.parse(JSON.stringify(spec)) as unknown });
    const message = await refusal(body, 'default');
    expect({ server: message === undefined, zod: type?.spec.safeParse(body['spec']).success, ...(valid && message !== undefined ? { message } : {}) }).toEqual({ server: valid, zod: valid });
  });

  test('on the defaults', async () => {
    for (const [kind, spec] of [['ModelDeployment', { model: 'fraud', runtime: { type: 'Preset', preset: { name: 'mlserver' } } }], ['PipelineRun', { pipelineRef: { name: 'p' } }]] as const) {
      const body = Manifest.parse({ apiVersion: 'modelkeeper.dev/v1alpha1', kind, metadata: { name: 'fraud-1' }, spec });
      const live = await asking.ask('POST', pathOf(body, 'default') + strictDryRun, body);
      expect(live.body['spec']).toEqual(kinds.find((own) => own.kind === kind)?.spec.parse(spec));
    }
  });
});
