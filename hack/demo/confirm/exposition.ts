import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDir } from '../../cluster/paths.ts';
import { CommandFailed, execute } from '../cluster/execute.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Check } from '../promise.ts';
import type { DemoRecord } from '../record.ts';
import { operatorMetrics } from '../watch/operator.ts';
import { routerMetrics } from '../watch/routers.ts';

/** Prometheus' own tool finds no fault with the metrics of the operator and the routers. */
export async function expositionChecks(kubectl: Kubectl, { deployment }: DemoRecord): Promise<Check[]> {
  const promtool = await findPromtool();
  if (promtool === undefined) return [{ kept: true, text: 'not checked: promtool is not here and Debian\'s package of it cannot be had' }];
  const [operators, routers] = await Promise.all([operatorMetrics(kubectl), routerMetrics(kubectl, deployment)]);
  return Promise.all([
    ...operators.map((text) => lint(promtool, 'operator', text)),
    ...routers.map((text) => lint(promtool, 'router', text)),
  ]);
}

async function lint(promtool: string, what: string, text: string): Promise<Check> {
  try {
    await execute(promtool, ['check', 'metrics'], { input: text });
    return { kept: true, text: `promtool has nothing to say against the metrics of a ${what}` };
  } catch (error) {
    return { kept: false, text: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** promtool on PATH, or unpacked from Debian's package into the cache; the package is not installed, because it starts a server. */
async function findPromtool(): Promise<string | undefined> {
  const folder = join(cacheDir, 'bin', 'prometheus');
  const places = [folder, ...(process.env.PATH ?? '').split(delimiter)].map((place) => join(place, 'promtool'));
  const found = places.find(isExecutable);
  if (found !== undefined) return found;
  mkdirSync(join(cacheDir, 'bin'), { recursive: true });
  const scratch = mkdtempSync(join(cacheDir, 'bin', 'tmp-'));
  try {
    await execute('sh', ['-c', `cd '${scratch}' && apt-get download prometheus && dpkg -x prometheus_*.deb tree`], { timeoutMs: 180_000 });
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(scratch, 'tree', 'usr', 'bin'), folder);
    return join(folder, 'promtool');
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
