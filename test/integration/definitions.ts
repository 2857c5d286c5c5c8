import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openTransport, type Transport } from '../../operator/kube/transport.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { silent } from './apiserver.ts';

const folder = join(import.meta.dirname, '../../crds');

/** Every CustomResourceDefinition of the repository. */
export function definitions(): Json[] {
  return readdirSync(folder).map((name) => {
    const definition = asRecord(parse(readFileSync(join(folder, name), 'utf8')));
    if (!definition) throw new Error(`${name} holds no definition`);
    return definition;
  });
}

/** Installs the definitions, which may be there already, and waits until the API server serves them. */
export async function installDefinitions(transport: Transport): Promise<void> {
  await Promise.all(definitions().map(async (definition) => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${String(asRecord(definition['metadata'])?.['name'])}`;
    const apply = { method: 'PATCH', path, query: { fieldManager: 'test', force: 'true' }, contentType: 'application/apply-patch+yaml', body: definition } as const;
    let live = await transport.request(apply);
    while (!isEstablished(live)) live = await transport.request({ method: 'GET', path });
  }));
}

/** Installs them on the API server of this kubeconfig. */
export async function installDefinitionsOn(kubeconfig: string): Promise<void> {
  const transport = openTransport({ source: { file: kubeconfig }, recorder: silent });
  await installDefinitions(transport).finally(() => transport.close());
}

function isEstablished(definition: Json): boolean {
  const conditions = asItems(asRecord(definition['status'])?.['conditions']).map(asRecord);
  return conditions.some((condition) => condition?.['type'] === 'Established' && condition['status'] === 'True');
}
