import type { Precondition, Writer } from '../runtime/cluster.ts';
import { ApiError, isNotFound } from '../runtime/errors.ts';
import { asRecord } from '../runtime/json.ts';
import { apiVersion, type Json, type Meta, type Resource, type Stored } from '../runtime/kind.ts';
import { isLeaving, parseMeta } from './metadata.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { ApiRequest, Transport } from './transport.ts';

export interface WriterOptions {
  readonly transport: Transport;
  readonly fieldManager: string;
  /** Called before each try of each write; it may throw, and then nothing is written. */
  readonly beforeWrite?: (() => void) | undefined;
  /** Gets each copy that a write returned, before the write's promise is fulfilled. */
  readonly onWritten: (resource: Resource, object: Stored) => void;
  /** Told of each object that a deletion found gone or that went with it, before the deletion's promise is fulfilled. */
  readonly onGone: (resource: Resource, object: Pick<Meta, 'namespace' | 'name' | 'uid'>) => void;
}

/**
 * No object was ever last changed at this resourceVersion, so an apply that carries it creates the object or is refused.
 * A POST would make us own the fields by update, too, and then no later apply could remove any of them.
 */
const beforeAll = '1';
const applyPatch = 'application/apply-patch+yaml';
/** What is said twice in a body is not looked for: ours is made from objects. Otherwise the API server reads it a second time, which is a tenth of an apply. */
const applying = { force: 'true', fieldValidation: 'Ignore' };
const events = { group: 'events.k8s.io', version: 'v1', plural: 'events' };

export function writer(options: WriterOptions): Writer {
  const { transport, fieldManager, beforeWrite } = options;

  const written = async (resource: Resource, request: ApiRequest): Promise<Stored> => {
    const live = await transport.request({ ...request, before: beforeWrite });
    const object = projected(resource, live);
    if (!isLeaving(live)) options.onWritten(resource, object);
    return object;
  };

  const applied = (resource: Resource, body: Json, path: string, manager = fieldManager): Promise<Stored> =>
    written(resource, { method: 'PATCH', path, query: { fieldManager: manager, ...applying }, contentType: applyPatch, body });

  return {
    create: async (resource, body) => {
      const name = nameOf(body);
      try {
        return await applied(resource, withMetadata(resource, body, { resourceVersion: beforeAll }), objectPath(resource, name));
      } catch (error) {
        // A quota that is being changed is a conflict, too.
        const taken = error instanceof ApiError && error.status === 409 && (await lookup(transport, resource, name)) !== undefined;
        throw taken ? new ApiError(409, 'AlreadyExists', `${resource.kind} "${name.name}" already exists`) : error;
      }
    },

    apply: (resource, body, seen) =>
      applied(resource, withMetadata(resource, body, seen === undefined ? {} : preconditions(seen)), objectPath(resource, nameOf(body))),

    applyStatus: (resource, { name, namespace, resourceVersion }, status) => {
      // A uid would not do: below /status the API server does not compare it.
      const metadata = { name, resourceVersion, ...(namespace === '' ? {} : { namespace }) };
      const body = { apiVersion: apiVersion(resource), kind: resource.kind, metadata, status };
      return applied(resource, body, `${objectPath(resource, { name, namespace })}/status`, `${fieldManager}-status`);
    },

    remove: async (resource, metadata, seen) => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: preconditions(seen) };
      const { namespace, name } = metadata;
      const live = await transport.request({ method: 'DELETE', path: objectPath(resource, metadata), body, before: beforeWrite }).catch(async (error: unknown) => {
        if (!(await isGone(error, () => lookup(transport, resource, metadata), seen))) throw error;
        return {};
      });
      // What has finalizers, or is a pod, stays for a while, and the watch tells how. Of the rest some kinds are answered with as they were.
      if (parseMeta(live)?.deletionTimestamp === undefined) options.onGone(resource, { namespace, name, uid: seen.uid });
    },

    event: async (body) => {
      const path = collectionPath(events, nameOf(body).namespace);
      const event = { ...body, apiVersion: apiVersion(events), kind: 'Event' };
      beforeWrite?.();
      try {
        await transport.request({ method: 'POST', path, body: event, tries: 1, before: beforeWrite });
      } catch (error) {
        if (!isBusy(error)) throw error;
      }
    },

    lookup: (resource, namespace, name) => lookup(transport, resource, { namespace, name }),
  };
}

async function lookup(transport: Transport, resource: Resource, metadata: Pick<Meta, 'namespace' | 'name'>): Promise<Stored | undefined> {
  try {
    return projected(resource, await transport.request({ method: 'GET', path: objectPath(resource, metadata) }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A conflict does not say which precondition failed: with another uid it is another object, and ours is gone. */
async function isGone(error: unknown, live: () => Promise<Stored | undefined>, seen: Precondition): Promise<boolean> {
  if (isNotFound(error)) return true;
  if (!(error instanceof ApiError) || error.status !== 409) return false;
  return (await live())?.metadata.uid !== seen.uid;
}

function isBusy(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status >= 500;
}

function preconditions({ uid, resourceVersion }: Precondition): Record<string, string> {
  return { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

function withMetadata(resource: Resource, body: Json, metadata: Json): Json {
  return { ...body, apiVersion: apiVersion(resource), kind: resource.kind, metadata: { ...asRecord(body['metadata']), ...metadata } };
}

function projected(resource: Resource, live: Json): Stored {
  const metadata = parseMeta(live);
  if (metadata === undefined) throw new Error(`the API server answered without the metadata of a ${resource.kind}`);
  return resource.project(metadata, live);
}

function nameOf(body: Json): Pick<Meta, 'namespace' | 'name'> {
  const { name, namespace } = asRecord(body['metadata']) ?? {};
  return { name: typeof name === 'string' ? name : '', namespace: typeof namespace === 'string' ? namespace : '' };
}
