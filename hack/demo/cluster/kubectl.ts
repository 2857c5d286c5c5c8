import { execute } from './execute.ts';
import type { Stored } from './objects.ts';

/** Which cluster commands speak to. It is always named: the current context of a kubeconfig is nobody's word. */
export interface Access {
  readonly binary: string;
  /** Undefined: kubectl's own choice of file, for a context that the user named. */
  readonly kubeconfig?: string | undefined;
  readonly context: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** kubectl for one cluster and, after `in`, one namespace. */
export class Kubectl {
  readonly #access: Access;
  readonly namespace: string;

  constructor(access: Access, namespace = 'default') {
    this.#access = access;
    this.namespace = namespace;
  }

  in(namespace: string): Kubectl {
    return new Kubectl(this.#access, namespace);
  }

  /** The same, deaf to the interruption that ends the others: for cleaning up. */
  uninterrupted(): Kubectl {
    return new Kubectl({ ...this.#access, signal: undefined }, this.namespace);
  }

  /** What precedes the arguments of a command that a person types. */
  get prefix(): string {
    const { kubeconfig, context } = this.#access;
    return kubeconfig === undefined ? `kubectl --context ${context}` : 'kubectl';
  }

  /** The program to start, for whoever wants to read what it says while it runs. */
  command(args: readonly string[]): { readonly program: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
    const { binary, kubeconfig, context, env } = this.#access;
    const where = [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), '--context', context, '--namespace', this.namespace];
    return { program: binary, args: [...where, ...args], env };
  }

  run(args: readonly string[], options: { readonly input?: string; readonly timeoutMs?: number } = {}): Promise<string> {
    const { program, args: all, env } = this.command(args);
    return execute(program, all, { env, signal: this.#access.signal, ...options });
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run([...args, '-o', 'json'])) as T;
  }

  /** The object, or undefined where there is none of this name. */
  async get<T extends Stored>(resource: string, name: string): Promise<T | undefined> {
    const text = await this.run(['get', resource, name, '--ignore-not-found', '-o', 'json']);
    return text.trim() === '' ? undefined : (JSON.parse(text) as T);
  }

  async list<T extends Stored>(resource: string, selector = ''): Promise<T[]> {
    return (await this.json<{ items: T[] }>(['get', resource, ...(selector === '' ? [] : ['--selector', selector])])).items;
  }

  async apply(objects: readonly object[]): Promise<void> {
    await this.run(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });
  }

  /** The body of a GET on a path of the API server, such as a pod's proxy. */
  raw(path: string): Promise<string> {
    return this.run(['get', '--raw', path], { timeoutMs: 30_000 });
  }

  /** What a container has written; empty before it runs. */
  logs(pod: string, container: string, tail = -1): Promise<string> {
    return this.run(['logs', pod, '--container', container, `--tail=${tail}`]);
  }
}
