import { installDefinitions } from '../../../test/integration/definitions.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { startControlPlane } from '../../cluster/controlplane.ts';
import { openClient } from '../engine/client.ts';
import { eachOf, makeNamespace } from './objects.ts';
import { bundledOperator, operatorNamespace, type OperatorProcess } from './operator.ts';

/** A control plane of its own, with our definitions and some namespaces, and the operator when it is wanted. */
export interface Ground {
  readonly client: Transport;
  /** Starts an operator, and ends it when `act` is done. */
  readonly operator: <T>(act: (operator: OperatorProcess) => Promise<T>) => Promise<T>;
}

export async function onGround(namespaces: readonly string[], act: (ground: Ground) => Promise<void>): Promise<void> {
  const start = await bundledOperator();
  const plane = await startControlPlane({
    controllerManager: false, log: () => undefined,
    flags: { 'kube-apiserver': { 'max-requests-inflight': 2_000, 'max-mutating-requests-inflight': 1_000 } },
  });
  const client = await openClient(plane.kubeconfig);
  try {
    await installDefinitions(client);
    const names = [operatorNamespace, ...namespaces];
    await eachOf(names.length, (at) => makeNamespace(client, names[at] ?? ''));
    await act({ client, operator: (work) => withOperator(() => start(plane.kubeconfig, plane.dir), work) });
  } finally {
    await client.close();
    await plane.stop();
  }
}

async function withOperator<T>(start: () => Promise<OperatorProcess>, act: (operator: OperatorProcess) => Promise<T>): Promise<T> {
  const operator = await start();
  try {
    return await Promise.race([act(operator), operator.ended]);
  } finally {
    await operator.stop();
  }
}
