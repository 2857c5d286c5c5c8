import { join } from 'node:path';
import { repository } from '../../images/paths.ts';
import { execute } from './execute.ts';
import type { Access, Kubectl } from './kubectl.ts';

export const systemNamespace = 'modelkeeper-system';
export const release = 'modelkeeper';
const chart = join(repository, 'charts/modelkeeper');

/** Images by what runs in them. */
export interface Images {
  readonly operator: string;
  readonly python: string;
}

/** helm for the cluster that `access` names; `access.binary` is helm's. */
export class Helm {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /** Installs the chart, or brings an installed one to these images and to these further values. */
  async install(kubectl: Kubectl, images: Images, further: object = {}): Promise<void> {
    // helm installs the definitions of a chart once and never brings them up to date.
    await kubectl.run(['apply', '--server-side', '--force-conflicts', '--filename', join(chart, 'crds')]);
    const values = JSON.stringify({ image: images.operator, runtimes: { mlserver: { image: images.python } }, ...further });
    await this.#run(['upgrade', '--install', release, chart, '--skip-crds', '--values', '-', '--wait', '--timeout', '5m'], 360_000, values);
  }

  /** Removes the definitions, too, and with them every object of ours in the cluster. */
  async uninstall(kubectl: Kubectl): Promise<void> {
    await this.#run(['uninstall', release, '--ignore-not-found', '--wait', '--timeout', '2m'], 150_000);
    await kubectl.run(['delete', '--ignore-not-found', '--filename', join(chart, 'crds'), '--timeout=120s'], { timeoutMs: 150_000 });
  }

  #run(args: readonly string[], timeoutMs: number, input = ''): Promise<string> {
    const { binary, kubeconfig, context, env, signal } = this.#access;
    const where = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), '--kube-context', context, '--namespace', systemNamespace];
    return execute(binary, [...where, ...args], { env, signal, timeoutMs, input });
  }
}
