import type { ModelVersionSpec, ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import type { Profile } from '../../profile/format.ts';
import type { Reader } from '../../runtime/cluster.ts';
import type { Child, Live } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { childName } from '../../runtime/names.ts';
import { components, labels } from '../labels.ts';
import { ConfigMap, type StoredConfigMap } from '../resources/objects.ts';
import { profileKey } from '../resources/profile.ts';

type Version = Pick<Live<ModelVersionSpec, ModelVersionStatus>, 'metadata' | 'spec'>;

/** Name of the ConfigMap that a version's profile is published in. */
export function configMapNameOf(version: Pick<Meta, 'uid' | 'name'>): string {
  return childName(version, version.name, 'profile');
}

/** The published profile of a version; undefined while there is none, or when it is not what the version's digest says. */
export function profileOf(read: Reader, { metadata, spec }: Version): Profile | undefined {
  const opened = publishedIn(read, metadata)?.profile?.();
  return opened && opened.digest === spec.profile?.digest ? opened.profile : undefined;
}

/** The ConfigMap of a version's profile, if it is there. */
export function publishedIn(read: Reader, metadata: Meta): StoredConfigMap | undefined {
  const live = read.get(ConfigMap, metadata.namespace, configMapNameOf(metadata));
  return live?.metadata.owner?.uid === metadata.uid ? live : undefined;
}

/** Publishes a profile under the version's name. Nobody can change it: it can only be deleted, and then it is made again. */
export function profileConfigMap(version: Meta, gzip: string): Child {
  return {
    life: 'CreateOnce',
    resource: ConfigMap,
    body: {
      metadata: { name: configMapNameOf(version), labels: { [labels.component]: components.profile, [labels.modelVersion]: version.name } },
      immutable: true,
      binaryData: { [profileKey]: gzip },
    },
  };
}
