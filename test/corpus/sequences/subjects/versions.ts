import type { Json } from '../../../../operator/runtime/kind.ts';
import { fileDigest } from '../../../../operator/dataplane/manifest.ts';
import { modelVersion } from '../../../integration/operator/samples.ts';
import { make } from '../../../make.ts';
import { fileOf } from '../../../pods.ts';

/** A version made by hand, with the profile that every pod prints. */
export function version(name: string, more: Json = {}): ReturnType<typeof modelVersion> {
  const digest = fileDigest(fileOf(make.profile));
  return modelVersion(name, { profile: { uri: `pvc://models/team/sha256/${digest.slice('sha256:'.length)}`, digest }, ...more });
}
