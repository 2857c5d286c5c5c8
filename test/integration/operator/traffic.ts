import type { Incoming, Outgoing, Send } from '../../../operator/kube/connections.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

export interface Call {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly body: Json | undefined;
  /** Undefined while there is no answer, and when there was none. */
  status: number | undefined;
}

/** Everything one operator says to the API server; it can be held up or cut off on the way. */
export class Traffic {
  readonly calls: Call[] = [];
  /** What is not allowed to pass is answered as if the network were down. */
  passes: (call: Call, sofar: readonly Call[]) => boolean = () => true;
  /** What waits for this before it is sent. */
  hold: Promise<unknown> | undefined;
  /** Changes a request on its way. */
  rewrite: (request: Outgoing) => Outgoing | Promise<Outgoing> = (request) => request;

  readonly intercept = (send: Send): Send => async (request): Promise<Incoming> => {
    const call: Call = { method: request.method, path: request.path, body: request.body === undefined ? undefined : asRecord(JSON.parse(request.body)), status: undefined };
    if (this.hold) {
      await this.hold;
      if (request.signal.aborted && !isWrite(call)) throw new Error('aborted');
    }
    if (!this.passes(call, this.calls)) throw new Error('the network is down');
    this.calls.push(call);
    const answer = await send(await this.rewrite(request));
    call.status = answer.status;
    return answer;
  };

  /** Writes of the controllers: all but the lease of the election. */
  get writes(): Call[] {
    return this.calls.filter(isWrite);
  }

  /** Reads that are not watches, without those of the lease and the signing key. */
  get reads(): Call[] {
    return this.calls.filter(({ method, path }) => method === 'GET' && !path.includes('watch=true') && !path.includes('/leases/') && !path.includes('/secrets/'));
  }

  /** Writes that concern this object, status and Events included, by what they are. */
  about(kind: string, name: string): Record<string, number> {
    const counts: Record<string, number> = {};
    const count = (what: string): void => {
      counts[what] = (counts[what] ?? 0) + 1;
    };
    for (const { path, method, body } of this.writes) {
      const owner = asRecord((asRecord(body?.['metadata'])?.['ownerReferences'] as unknown[] | undefined)?.[0]);
      const regarding = asRecord(body?.['regarding']);
      if (path.includes(`/${kind.toLowerCase()}s/${name}/status`)) count('status');
      else if (regarding?.['kind'] === kind && regarding['name'] === name) count('event');
      else if (owner?.['kind'] === kind && owner['name'] === name) count(`${method} ${String(body?.['kind'])}`);
    }
    return counts;
  }
}

export function isWrite({ method, path }: Pick<Call, 'method' | 'path'>): boolean {
  return method !== 'GET' && !path.includes('/leases');
}
