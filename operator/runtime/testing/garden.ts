import { z } from 'zod';
import { commonStatus, customKind, type CustomObject } from '../../api/kind.ts';
import { no, unknown, yes } from '../conditions.ts';
import { hold, watched, type Child, type Controller, type Live } from '../controller.ts';
import { apiVersion, type Json, type Resource, type Stored } from '../kind.ts';
import { desiredHash } from '../owned.ts';
import type { Owner, StoredChild } from '../writes.ts';
import type { MemoryCluster } from './cluster.ts';

/** A child of which all that is stored is ours. */
function child(kind: string, plural: string): Resource<StoredChild> {
  return {
    group: '', version: 'v1', kind, plural,
    project: (metadata, { status: _status, ...live }) => ({ metadata, owned: desiredHash(live) }),
  };
}

export const Bed = child('Bed', 'beds');
export const Harvest = child('Harvest', 'harvests');
export const Seed = child('Seed', 'seeds');
/** What gardens depend on without owning it. */
export const Weather: Resource = { group: '', version: 'v1', kind: 'Weather', plural: 'weathers', project: (metadata) => ({ metadata }) };

const GardenSpec = z.object({ beds: z.array(z.string()).default([]), color: z.string().default('green') });
const GardenStatus = z.object({ ...commonStatus, beds: z.array(z.string()).default([]) });
type Spec = z.infer<typeof GardenSpec>;
type Status = z.infer<typeof GardenStatus>;
type Seen = { readonly beds: readonly StoredChild[]; readonly storm: boolean };

/** A made-up kind: it decides on its beds, and once they are recorded, it makes them. */
export const Garden = customKind({
  kind: 'Garden', plural: 'gardens', shortName: 'g', description: 'A garden.', maxNameLength: 40,
  spec: GardenSpec, status: GardenStatus, conditions: ['Ready', 'Watered'], summary: 'Ready', columns: [],
});

export const gardener: Controller<Spec, Status, 'Ready' | 'Watered', Seen> = {
  kind: Garden,
  owns: [{ resource: Bed, life: 'Apply' }],
  reads: [watched(Weather, ({ metadata }, read) => {
    if (metadata.name === 'broken') throw new Error('no forecast');
    return read.list(Garden, metadata.namespace).map((garden) => `${garden.metadata.namespace}/${garden.metadata.name}`);
  })],
  observe: (read, { metadata }) => ({ beds: read.owned(Bed, metadata.uid), storm: read.get(Weather, metadata.namespace, 'storm') !== undefined }),
  act: ({ spec, status }, { storm }) => ({ children: storm ? hold : status.beds.map((name) => bed(name, spec)) }),
  decide: ({ spec }, { beds }) => {
    const all = spec.beds.every((name) => beds.some(({ metadata }) => metadata.name === name));
    return {
      status: { beds: spec.beds },
      conditions: { Ready: all ? yes('Planted') : unknown('Planting', `${beds.length} beds`), Watered: no('Dry', 'no rain') },
      activity: all ? 'Settled' : 'Working',
    };
  },
};

function bed(name: string, { color }: Live<Spec, Status>['spec']): Child {
  return { life: 'Apply', resource: Bed, body: { metadata: { name }, spec: { color } } };
}

/** Stores a garden as a user would. */
export function plant(cluster: MemoryCluster, spec: Json, metadata: Json = {}): CustomObject<Spec, Status> {
  return cluster.put(Garden, { apiVersion: apiVersion(Garden), kind: 'Garden', metadata: { name: 'eden', namespace: 'n', ...metadata }, spec });
}

export function ownerOf({ metadata }: Stored): Owner {
  return { apiVersion: apiVersion(Garden), kind: 'Garden', metadata };
}
