import { z } from 'zod';
import type { Meta, Resource, Stored } from '../../runtime/kind.ts';
import { ourSelector } from '../../runtime/names.ts';
import { ownedHash } from '../../runtime/owned.ts';
import type { StoredChild } from '../../runtime/writes.ts';
import { components, labels } from '../labels.ts';
import { openProfile, profileKey, type OpenedProfile } from './profile.ts';

/** A child of which only its existence and what we own of it matter. */
function child(group: string, version: string, kind: string, plural: string): Resource<StoredChild> {
  return {
    group, version, kind, plural,
    selector: ourSelector,
    project: (metadata, live) => ({ metadata, owned: ownedHash(live, 'modelkeeper') }),
  };
}

export const Service = child('', 'v1', 'Service', 'services');

export interface StoredConfigMap extends StoredChild {
  /** base64 by key, of the ConfigMaps that hold panes; undefined of all others. */
  readonly binaryData?: Readonly<Record<string, string>>;
  /** The profile in it, if it is one. It is kept packed: open, it is many times as large, and only some are looked at. */
  readonly profile?: () => OpenedProfile | undefined;
}

const binaryData = z.object({ binaryData: z.record(z.string(), z.string()) });

export const ConfigMap: Resource<StoredConfigMap> = {
  ...child('', 'v1', 'ConfigMap', 'configmaps'),
  project: (metadata, live) => {
    const owned = ownedHash(live, 'modelkeeper');
    const component = metadata.labels[labels.component];
    if (component !== components.profile && component !== components.panes) return { metadata, owned };
    const kept = binaryData.safeParse(live).data?.binaryData ?? {};
    if (component === components.panes) return { metadata, owned, binaryData: kept };
    const gzip = Buffer.from(kept[profileKey] ?? '', 'base64');
    return { metadata, owned, profile: heldWhileUsed(() => openProfile(gzip)) };
  },
};

/** Computes again what nobody has used for a while. */
function heldWhileUsed<T extends object>(compute: () => T | undefined): () => T | undefined {
  let held: WeakRef<T> | undefined;
  return () => {
    const value = held?.deref() ?? compute();
    held = value && new WeakRef(value);
    return value;
  };
}

export const NetworkPolicy = child('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies');

export interface StoredDeployment extends StoredChild {
  readonly replicas: number;
  /** Whether the numbers below speak of the newest spec. */
  readonly observed: boolean;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
}

const deploymentNumbers = z.object({
  spec: z.object({ replicas: z.int32().default(1) }).catch({ replicas: 1 }),
  status: z.object({
    observedGeneration: z.int().default(0),
    updatedReplicas: z.int32().default(0),
    availableReplicas: z.int32().default(0),
  }).catch({ observedGeneration: 0, updatedReplicas: 0, availableReplicas: 0 }),
});

export const Deployment: Resource<StoredDeployment> = {
  ...child('apps', 'v1', 'Deployment', 'deployments'),
  project: (metadata, live) => {
    const { spec, status } = deploymentNumbers.parse(live);
    return {
      metadata,
      owned: ownedHash(live, 'modelkeeper'),
      replicas: spec.replicas,
      observed: status.observedGeneration >= metadata.generation,
      updatedReplicas: status.updatedReplicas,
      availableReplicas: status.availableReplicas,
    };
  },
};

export interface StoredRevision extends Stored {
  readonly data: unknown;
}

/** Frozen copies of Pipeline specs. */
export const ControllerRevision: Resource<StoredRevision> = {
  group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions',
  selector: ourSelector,
  project: (metadata, live) => ({ metadata, data: live['data'] }),
};

export interface StoredClaim extends Stored {
  /** Whether pods on several nodes can mount it at a time. */
  readonly shared: boolean;
}

const claimModes = z.object({ spec: z.object({ accessModes: z.array(z.string()) }) });

/** All claims, because users bring their own; of each only what placement needs is kept. */
export const PersistentVolumeClaim: Resource<StoredClaim> = {
  group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims',
  project: (metadata: Meta, live) => {
    const modes = claimModes.safeParse(live).data?.spec.accessModes ?? [];
    return { metadata, shared: modes.includes('ReadWriteMany') };
  },
};
