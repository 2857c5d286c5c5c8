import { delimiter, dirname } from 'node:path';
import { ensureBinaries, type Progress } from '../../cluster/binaries.ts';
import { canRunNode, loadImage, status, up, type NodeEnvironment } from '../../cluster/node.ts';
import { missingPowers } from '../../cluster/node/packages.ts';
import { describeImage, ensureImage, type Image } from '../../images/build.ts';
import { pushedRef } from '../../images/push.ts';
import { imageNames } from '../../images/recipes.ts';
import type { Tell } from '../narrator.ts';
import { cacheStates } from './caches.ts';
import { Interrupted } from './execute.ts';
import type { Images } from './helm.ts';
import { Kubectl, type Access } from './kubectl.ts';

/** A cluster that can be reached, with the images that its nodes have or can pull. */
export interface Place {
  /** Without the program: helm and kubectl are told the same. */
  readonly access: Omit<Access, 'binary' | 'signal'>;
  readonly tools: Readonly<Record<'kubectl' | 'helm', string>>;
  readonly images: Images;
  /** What a person's shell needs to use the cluster, as one line. */
  readonly shell: string;
}

export async function nodeIsUp(): Promise<boolean> {
  try {
    return (await status()).every(({ healthy }) => healthy);
  } catch {
    return false; // No node, or what a killed one left.
  }
}

/** Why the node cannot be started here, in one line. Packages that may be installed are no reason. */
export function whyNoNode(install: boolean): string | undefined {
  return install && missingPowers() === undefined ? undefined : canRunNode();
}

/** The node of this machine, built and started where it is not up, with both images loaded. */
export async function ownNode(install: boolean, tell: Tell): Promise<Place> {
  for (const state of await cacheStates()) tell('cache', state);
  const progress = (topic: string): Progress => (line) => {
    if (!line.includes(': found in ')) tell(topic, line);
  };
  const build = async (): Promise<Image[]> => {
    const built: Image[] = [];
    for (const name of imageNames) built.push(await ensureImage(name, { install, progress: progress('images') }));
    return built;
  };
  // `up` comes first: it installs packages before it waits for anything, so that two of apt-get never meet.
  const [env, built] = await Promise.all([up({ install, log: progress('node') }), build()]);
  const tools = await ensureBinaries(['kubectl', 'helm'], () => undefined);
  const access = { kubeconfig: env.KUBECONFIG, context: 'modelkeeper', env: { ...process.env, ...env } };
  await load(new Kubectl({ ...access, binary: tools.kubectl }), built, tell);
  return { access, tools, images: byName(built), shell: shellLine(env, Object.values(tools)) };
}

/** A cluster of the user's. Nothing is built: its nodes pull from `registry`. */
export async function namedCluster(context: string, registry: string, tell: Tell): Promise<Place> {
  const tools = await ensureBinaries(['kubectl', 'helm'], (line) => tell('tools', line));
  const images = await Promise.all(imageNames.map(describeImage));
  return {
    access: { kubeconfig: undefined, context, env: process.env },
    tools,
    images: byName(images.map((image) => ({ ...image, ref: pushedRef(registry, image) }))),
    shell: `export ${path(Object.values(tools))}`,
  };
}

/** Fails as soon as `signal` is given, and leaves `work` to itself. */
export async function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(new Interrupted());
    signal?.addEventListener('abort', () => reject(new Interrupted()), { once: true });
  });
  return Promise.race([work, interrupted]);
}

/** Importing unpacks the whole archive, so what the node has already is left out. */
async function load(kubectl: Kubectl, images: readonly Image[], tell: Tell): Promise<void> {
  const nodes = await kubectl.list<{ kind: string; metadata: { name: string; uid: string }; status: { images?: { names?: string[] }[] } }>('nodes');
  const there = new Set(nodes.flatMap(({ status: { images: on = [] } }) => on.flatMap(({ names = [] }) => names)));
  for (const { ref, archive } of images) {
    if (there.has(ref)) continue;
    tell('images', `loading ${ref}`);
    await loadImage(archive);
  }
}

function byName(images: readonly Image[]): Images {
  const ref = (name: Image['name']): string => images.find((image) => image.name === name)?.ref ?? '';
  return { operator: ref('operator'), python: ref('python') };
}

function shellLine({ KUBECONFIG, NO_PROXY }: NodeEnvironment, tools: readonly string[]): string {
  const proxied = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  return ['export', `KUBECONFIG=${KUBECONFIG}`, ...(proxied === undefined ? [] : [`NO_PROXY=${NO_PROXY}`]), path(tools)].join(' ');
}

function path(tools: readonly string[]): string {
  return `PATH="${[...new Set(tools.map((tool) => dirname(tool))), '$PATH'].join(delimiter)}"`;
}
