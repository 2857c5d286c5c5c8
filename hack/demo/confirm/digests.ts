import type { Kubectl } from '../cluster/kubectl.ts';
import type { ModelVersion } from '../cluster/objects.ts';
import type { Check } from '../promise.ts';
import type { DemoRecord } from '../record.ts';
import { finishedJob } from '../story/training.ts';

const job = 'demo-confirm-digests';
const root = '/store';

/** Computes the digest of each version again, from the bytes on its volume, by a program that is not the operator's. */
export async function digestChecks(kubectl: Kubectl, { versions }: DemoRecord): Promise<Check[]> {
  const registered = await Promise.all(versions.map(({ name }) => kubectl.json<ModelVersion>(['get', 'modelversions', name])));
  const checks: Check[] = [];
  for (const [index, { metadata: { name }, spec: { artifact, lineage } }] of registered.entries()) {
    const [claim = '', ...path] = artifact.uri.slice('pvc://'.length).split('/');
    const image = lineage?.images[0]?.image ?? '';
    const computed = await compute(kubectl, { claim, path: path.join('/'), image });
    const kept = computed === artifact.digest && computed === versions[index]?.digest;
    checks.push({ kept, text: `${name}: the bytes give ${computed}` });
  }
  return checks;
}

async function compute(kubectl: Kubectl, about: { readonly claim: string; readonly path: string; readonly image: string }): Promise<string> {
  await kubectl.run(['delete', 'job', job, '--ignore-not-found']);
  await kubectl.apply([digestJob(about)]);
  try {
    await finishedJob(kubectl, job);
    return (await kubectl.run(['logs', `job/${job}`, '--tail=1'])).trim();
  } finally {
    await kubectl.run(['delete', 'job', job, '--ignore-not-found']);
  }
}

function digestJob({ claim, path, image }: { readonly claim: string; readonly path: string; readonly image: string }): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: job },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [{
            name: 'check',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: ['python', '/opt/examples/python/check_artifact.py', '--root', root, '--path', path],
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            volumeMounts: [{ name: 'store', mountPath: root, readOnly: true }],
          }],
          volumes: [{ name: 'store', persistentVolumeClaim: { claimName: claim, readOnly: true } }],
        },
      },
    },
  };
}
