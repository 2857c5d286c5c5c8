import type { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import { paths } from '../../dataplane/task.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { labels } from '../labels.ts';
import { agentContainer, claimVolume, jobSpec } from '../pods.ts';
import type { StoredClaim } from '../resources/objects.ts';
import { Job } from '../resources/workloads.ts';

const verifySeconds = 1_800;

/** Name of the Job that reads the artifact; another one for each attempt. */
export function verifyJobName({ name, uid }: Pick<Meta, 'name' | 'uid'>, attempt: number): string {
  return `${name}-verify-${shortHash(uid, 'verify', attempt)}`;
}

/** Reads every byte of the artifact again, in a pod of its own that is not the one which published it. */
export function verifyJob(version: Meta, spec: ModelVersionSpec, from: { readonly image: string; readonly claim: StoredClaim | undefined; readonly attempt: number }): Child {
  const { claim: claimName, path } = parseVolumeUri(spec.artifact.uri);
  const own = { [labels.modelVersion]: version.name };
  return {
    life: 'CreateOnce',
    resource: Job,
    body: {
      metadata: { name: verifyJobName(version, from.attempt), labels: own },
      spec: jobSpec({
        labels: own,
        activeDeadlineSeconds: verifySeconds,
        claimName, claim: from.claim,
        pod: {
          containers: [agentContainer(from.image, { verb: 'verify', artifact: { root: paths.store, path }, digest: spec.artifact.digest },
            [{ name: 'store', mountPath: paths.store, readOnly: true }])],
          volumes: [claimVolume('store', claimName, true)],
        },
      }),
    },
  };
}
