import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { podCidr, serviceCidr, type Layout } from '../flags.ts';
import { cacheDir } from '../paths.ts';
import { freePorts } from '../ports.ts';

export const nodeName = 'modelkeeper';
export const bridgeName = 'modelkeeper0';
/** First address of the node's part of the pods' network: the bridge's, and with it the node's and the API server's. */
export const nodeIP = '10.244.0.1';
export const nodePodCidr = '10.244.0.0/24';
export const dnsIP = '10.96.0.10';
/** Every process of the node has it in its environment, so that whatever a killed `up` left is found. */
export const marker = 'MODELKEEPER_NODE';

/** Where everything that is large or worth reading lies. */
export const nodeDir = join(cacheDir, 'node');
/** The same for every working copy: there is one node to a machine. Short, because a socket's path has at most 107 bytes. */
export const runDir = '/run/modelkeeper';
export const containerdSocket = join(runDir, 'containerd.sock');
export const nodeLock = '/run/modelkeeper.lock';

export interface NodeLayout extends Layout {
  readonly ports: Layout['ports'] & { readonly kubelet: number; readonly proxy: number; readonly proxyMetrics: number };
}

const recordFile = join(runDir, 'node.json');

export async function newLayout(): Promise<NodeLayout> {
  const [etcd = 0, peer = 0, controllerManager = 0, scheduler = 0, kubelet = 0, proxy = 0, proxyMetrics = 0] = await freePorts(7);
  const ports = { api: 6443, etcd, peer, controllerManager, scheduler, kubelet, proxy, proxyMetrics };
  return { dir: nodeDir, pki: join(nodeDir, 'pki'), host: nodeIP, ports };
}

/** Says, to every later command and working copy, which node this machine runs. */
export function record(layout: NodeLayout): void {
  mkdirSync(runDir, { recursive: true });
  writeFileSync(recordFile, JSON.stringify(layout));
}

export function recorded(): NodeLayout | undefined {
  return existsSync(recordFile) ? (JSON.parse(readFileSync(recordFile, 'utf8')) as NodeLayout) : undefined;
}

/** A proxy of the machine cannot reach the cluster's own network. */
export const noProxy = [...new Set([...(process.env.NO_PROXY ?? process.env.no_proxy ?? '').split(','), 'localhost', '127.0.0.1', podCidr, serviceCidr, '.svc', '.cluster.local'])]
  .filter((entry) => entry !== '')
  .join(',');
