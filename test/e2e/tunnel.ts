import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Kubectl } from '../../hack/demo/cluster/kubectl.ts';

/** Calls one pod of the cluster from here, for as long as `work` takes. */
export async function throughPod<T>(kubectl: Kubectl, pod: string, work: (url: string) => Promise<T>): Promise<T> {
  const { program, args, env } = kubectl.command(['port-forward', `pod/${pod}`, ':8080', '--address', '127.0.0.1']);
  const forward = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    for await (const line of createInterface({ input: forward.stdout })) {
      const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port !== undefined) return await work(`http://127.0.0.1:${port}`);
    }
    throw new Error(`kubectl port-forward to ${pod} ended before it began`);
  } finally {
    forward.kill();
  }
}
