import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { openTransport, type Transport } from '../../operator/kube/transport.ts';
import { asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { apiServer, ForeignClient, silent } from './apiserver.ts';
import { installDefinitions } from './definitions.ts';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly where: string;
  readonly object: Json;
}

/** The objects in every yaml block of a Markdown file, and in every yaml file of the examples. */
function manifests(): Manifest[] {
  const markdown = ['README.md', ...filesOf('docs', '.md'), ...filesOf('examples', '.md')].flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match, index) => ({ where: `${path}, block ${index + 1}`, text: match[1] ?? '' })));
  const files = filesOf('examples', '.yaml').map((path) => ({ where: path, text: readFileSync(join(root, path), 'utf8') }));
  return [...markdown, ...files].flatMap(({ where, text }) => parseAllDocuments(text).flatMap((document) => {
    const object = asRecord(document.toJS());
    return object?.['apiVersion'] === 'modelkeeper.dev/v1alpha1' ? [{ where: `${where}: ${String(object['kind'])}`, object }] : [];
  }));
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

describe('manifests that people copy', () => {
  let transport: Transport;
  let namespace: string;

  beforeAll(async () => {
    const { kubeconfig } = await apiServer();
    transport = openTransport({ source: { file: kubeconfig }, recorder: silent });
    await installDefinitions(transport);
    const someone = new ForeignClient(kubeconfig);
    namespace = await someone.freshNamespace();
    await someone.close();
  });
  afterAll(() => transport.close());

  test('there are some of every kind', () => {
    expect(new Set(manifests().map(({ object }) => object['kind']))).toEqual(new Set(kinds.map(({ kind }) => kind)));
  });

  test.each(manifests())('$where is accepted without an unknown field', async ({ object }) => {
    const plural = kinds.find(({ kind }) => kind === object['kind'])?.plural ?? '';
    const path = `/apis/modelkeeper.dev/v1alpha1/namespaces/${namespace}/${plural}`;
    const metadata = { ...asRecord(object['metadata']), namespace };
    const created = await transport.request({ method: 'POST', path, query: { dryRun: 'All', fieldValidation: 'Strict' }, body: { ...object, metadata } });
    expect(created['kind']).toBe(object['kind']);
  });
});
