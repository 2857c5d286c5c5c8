import type { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import { paths, type Task } from '../../dataplane/task.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Json, Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { labels } from '../labels.ts';
import { agentContainer, claimVolume, jobSpec, type Mount } from '../pods.ts';
import type { StoredClaim } from '../resources/objects.ts';
import { Job } from '../resources/workloads.ts';

const verifySeconds = 1_800;

/** Name of the Job that reads the artifact; another one for each attempt. */
export function verifyJobName({ name, uid }: Pick<Meta, 'name' | 'uid'>, attempt: number): string {
  return `${name}-verify-${shortHash(uid, 'verify', attempt)}`;
}

/** Reads every byte of the artifact again, in a pod of its own that is not the one which published it, and prints the profile. */
export function verifyJob(version: Meta, spec: ModelVersionSpec, from: { readonly image: string; readonly claim: StoredClaim | undefined; readonly name: string }): Child {
  const store = parseVolumeUri(spec.artifact.uri).claim;
  const profileClaim = spec.profile && parseVolumeUri(spec.profile.uri).claim;
  const own = { [labels.modelVersion]: version.name };
  const mounts: Mount[] = [{ name: 'store', mountPath: paths.store, readOnly: true }];
  const volumes: Json[] = [claimVolume('store', store, true)];
  if (profileClaim !== undefined && profileClaim !== store) {
    mounts.push({ name: 'profile', mountPath: `${paths.claims}/${profileClaim}`, readOnly: true });
    volumes.push(claimVolume('profile', profileClaim, true));
  }
  return {
    life: 'CreateOnce',
    resource: Job,
    body: {
      metadata: { name: from.name, labels: own },
      spec: jobSpec({
        labels: own,
        activeDeadlineSeconds: verifySeconds,
        claimName: store, claim: from.claim,
        pod: { containers: [agentContainer(from.image, verifyTask(spec, store), mounts)], volumes },
      }),
    },
  };
}

function verifyTask({ artifact, profile }: ModelVersionSpec, store: string): Task {
  const located = (uri: string): { root: string; path: string } => {
    const { claim, path } = parseVolumeUri(uri);
    return { root: claim === store ? paths.store : `${paths.claims}/${claim}`, path };
  };
  return {
    verb: 'verify', artifact: located(artifact.uri), digest: artifact.digest,
    ...(profile ? { profile: { from: located(profile.uri), digest: profile.digest } } : {}),
  };
}
