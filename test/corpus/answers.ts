import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { Connections, type Outgoing } from '../../operator/kube/connections.ts';
import { Credentials, loadConfig } from '../../operator/kube/credentials.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { silent } from '../integration/apiserver.ts';
import type { Expectation, Item, Manifest } from './items.ts';

/** What the API server said: the whole of it, for its messages are part of what users see. */
export interface Answer {
  readonly code: number;
  readonly body: Json;
}

/** The body is sent as JSON, and a text as it is. */
export type Ask = (method: Outgoing['method'], path: string, body: unknown) => Promise<Answer>;

/** Someone who sends manifests with strict validation. */
export function asker(kubeconfig: string): { readonly ask: Ask; close(): Promise<void> } {
  const connections = new Connections({ credentials: new Credentials(() => loadConfig({ file: kubeconfig })), recorder: silent });
  return {
    ask: async (method, path, body) => {
      const answer = await connections.send({
        method, path, headers: { accept: 'application/json', 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body), signal: AbortSignal.timeout(60_000), stream: false,
      });
      return { code: answer.status, body: asRecord(JSON.parse(await text(answer.body))) ?? {} };
    },
    close: () => connections.close(),
  };
}

const foreignPlurals: Readonly<Record<string, string>> = { PersistentVolumeClaim: 'persistentvolumeclaims', Job: 'jobs', ConfigMap: 'configmaps', Secret: 'secrets', Service: 'services' };

export function pathOf({ apiVersion, kind }: Manifest, namespace: string): string {
  const plural = kinds.find((own) => own.kind === kind)?.plural ?? foreignPlurals[kind];
  if (plural === undefined) throw new Error(`where does one create a ${kind}?`);
  return `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/namespaces/${namespace}/${plural}`;
}

const strict = '?fieldValidation=Strict';
const lenient = '?fieldValidation=Ignore';
/** Validates, defaults and stores nothing. */
export const strictDryRun = `${strict}&dryRun=All`;

/** Creates the documents, or replaces what is there by that name, and answers as the last of them was answered. */
export async function answerOf(item: Item, namespace: string, ask: Ask): Promise<Answer> {
  const query = item.lenient ? lenient : strict;
  if (item.raw !== undefined) return ask('POST', `/apis/modelkeeper.dev/v1alpha1/namespaces/${namespace}/${item.raw}${query}`, item.text);
  const live = new Map<string, Json>();
  for (const [index, document] of item.documents.entries()) {
    const path = pathOf(document, namespace);
    const own = `${path}/${document.metadata.name}`;
    const before = live.get(own);
    const answer = before === undefined ? await ask('POST', path + query, document) : await ask('PUT', own + query, replacing(document, before));
    if (index === item.documents.length - 1) return answer;
    if (answer.code >= 300) throw new Error(`${item.name}: document ${index + 1} is refused: ${String(answer.body['message'])}`);
    live.set(own, answer.body);
  }
  throw new Error(`${item.name}: has no document`);
}

function replacing(document: Manifest, before: Json): Json {
  return { ...document, metadata: { ...document.metadata, resourceVersion: asRecord(before['metadata'])?.['resourceVersion'] } };
}

/** The answer in the words of an expectation. */
export function described({ code, body }: Answer, expected: Expectation): Expectation {
  if (code >= 300) return { refused: { code, reason: String(body['reason']), message: String(body['message']) } };
  const paths = 'stored' in expected ? Object.keys(expected.stored) : [];
  return { stored: Object.fromEntries(paths.map((path) => [path, at(body, path) ?? null])) };
}

export function same(one: Expectation, other: Expectation): boolean {
  return isDeepStrictEqual(one, other);
}

/** The value at a path such as spec.steps.0.name. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, step) => (Array.isArray(part) ? asItems(part)[Number(step)] : asRecord(part)?.[step]), value);
}
