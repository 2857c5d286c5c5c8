import { valid } from '../api/kind.ts';
import { ModelVersion } from '../api/v1alpha1/modelversion.ts';
import type { Profile } from '../profile/format.ts';
import type { Reader } from '../runtime/cluster.ts';
import { profileOf } from './modelversion/profile.ts';

/** What the live traffic of a version is compared with. */
export interface Baseline {
  /** Digest of the profile, as the ModelVersion names it. */
  readonly digest: string;
  readonly profile: Profile;
}

/** The profile of a version, once it is verified and published. */
export function baselineOf(read: Reader, namespace: string, name: string): Baseline | undefined {
  const version = valid(read.get(ModelVersion, namespace, name));
  const digest = version?.spec.profile?.digest;
  const profile = version && profileOf(read, version);
  return digest !== undefined && profile ? { digest, profile } : undefined;
}
