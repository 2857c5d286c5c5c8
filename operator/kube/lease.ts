import { z } from 'zod';
import { isNotFound } from '../runtime/errors.ts';
import type { Json } from '../runtime/kind.ts';
import type { Lease, LeaseStore } from '../runtime/leader.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { Transport } from './transport.ts';

const resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

const Stored = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({
    holderIdentity: z.string().default(''),
    leaseTransitions: z.number().default(0),
    leaseDurationSeconds: z.number().default(15),
  }).default({ holderIdentity: '', leaseTransitions: 0, leaseDurationSeconds: 15 }),
});

/**
 * The Lease of an election, on the API server. Each request has a deadline well below that of a renewal, and waits
 * behind none of the writes, of which a busy leader has hundreds under way.
 */
export function leaseStore(transport: Transport, at: { readonly namespace: string; readonly name: string }, now: () => Date): LeaseStore {
  const path = objectPath(resource, at);
  const how = { deadlineMs: 5_000, tries: 1, urgent: true };
  return {
    read: async () => {
      try {
        return parse(await transport.dated({ method: 'GET', path, ...how }));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    create: async (lease) => parse(await transport.dated({
      method: 'POST', path: collectionPath(resource, at.namespace), body: body(at, lease, now()), ...how,
    })),
    update: async (lease) => parse(await transport.dated({ method: 'PUT', path, body: body(at, lease, now()), ...how })),
  };
}

function parse({ live, at }: { readonly live: Json; readonly at: number | undefined }): Lease {
  const { metadata, spec } = Stored.parse(live);
  return {
    holder: spec.holderIdentity,
    term: spec.leaseTransitions,
    durationMs: spec.leaseDurationSeconds * 1_000,
    resourceVersion: metadata.resourceVersion,
    toldAt: at,
  };
}

function body(at: { readonly namespace: string; readonly name: string }, lease: Omit<Lease, 'resourceVersion' | 'toldAt'> & { readonly resourceVersion?: string }, now: Date): Json {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...at, ...(lease.resourceVersion === undefined ? {} : { resourceVersion: lease.resourceVersion }) },
    spec: {
      holderIdentity: lease.holder,
      leaseTransitions: lease.term,
      leaseDurationSeconds: Math.round(lease.durationMs / 1_000),
      renewTime: now.toISOString().replace('Z', '000Z'),
    },
  };
}
