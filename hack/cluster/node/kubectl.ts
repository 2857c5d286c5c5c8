import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBinaries } from '../binaries.ts';
import { noProxy, type NodeLayout } from './layout.ts';

const run = promisify(execFile);

/** Runs kubectl as the node's administrator and returns what it printed. */
export async function kubectl({ pki }: NodeLayout, args: readonly string[], input = ''): Promise<string> {
  const binary = (await ensureBinaries(['kubectl'], () => undefined)).kubectl;
  const running = run(binary, args, {
    maxBuffer: 2 ** 26,
    env: { ...process.env, NO_PROXY: noProxy, no_proxy: noProxy, KUBECONFIG: join(pki, 'admin.kubeconfig') },
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
