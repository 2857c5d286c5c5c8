import { gunzipSync } from 'node:zlib';
import { fileDigest } from '../../dataplane/manifest.ts';
import { Profile } from '../../profile/format.ts';

/** Key of the profile in its ConfigMap. */
export const profileKey = 'profile.json.gz';

export interface OpenedProfile {
  /** Digest of the file, as the store names it. */
  readonly digest: string;
  readonly profile: Profile;
}

/** Far above what a profile of a thousand features has; a gzip may claim to hold more than memory does. */
const maxBytes = 64 * 1024 * 1024;

/** Reads the gzip of a profile; undefined when it is none. Never throws. */
export function openProfile(gzip: Uint8Array): OpenedProfile | undefined {
  try {
    const file = gunzipSync(gzip, { maxOutputLength: maxBytes });
    return { digest: fileDigest(file), profile: Profile.parse(JSON.parse(file.toString())) };
  } catch {
    return undefined;
  }
}
