import type { Log } from '../../../operator/runtime/log.ts';
import type { ElectionTimes } from '../../../operator/runtime/leader.ts';
import { operatorConfig } from '../../../operator/config.ts';
import type { Exchange } from '../../../operator/dataplane/exchange.ts';
import type { Send } from '../../../operator/kube/connections.ts';
import type { Post } from '../../../operator/notify/dispatcher.ts';
import { startOperator, type RunningOperator } from '../../../operator/start.ts';
import type { Instance, InstanceOptions } from '../world.ts';
import { Process } from './process.ts';

/** How a process reaches the world around it. */
export interface Ways {
  readonly send: Send;
  readonly exchange: Exchange;
  readonly post: Post;
}

export interface Launch {
  readonly namespace: string;
  readonly identity: string;
  readonly options: InstanceOptions;
  readonly times: ElectionTimes;
  readonly log: Log;
  readonly waysOf: (process: Process) => Ways;
  /** Called with what nobody handled. */
  readonly onUnhandled: (error: unknown) => void;
  /** Resolves when there is no time left in which a process could end in order. */
  readonly exhausted: Promise<unknown>;
}

/** Starts the real operator in a simulated process. */
export function launch({ namespace, identity, options, times, log, waysOf, onUnhandled, exhausted }: Launch): Instance {
  const process = new Process();
  const leading = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  const { send, ...embedded } = waysOf(process);
  const end = (): void => {
    process.kill();
    ended.resolve(undefined);
  };
  const config = {
    ...operatorConfig({
      MODELKEEPER_IMAGE: options.image, MODELKEEPER_MLSERVER_IMAGE: 'mlserver:test',
      MODELKEEPER_NAMESPACE: namespace, MODELKEEPER_WATCH_NAMESPACE: namespace, MODELKEEPER_WORKERS: '4',
    }),
    identity,
  };
  const starting: Promise<RunningOperator> = process.run(() => startOperator({
    config, log, times, embedded, onLost: end, intercept: () => options.intercept(send),
  }));
  starting.then(({ leading: leads }) => leads.then(() => leading.resolve(undefined))).catch((error: unknown) => {
    onUnhandled(error);
    end();
  });
  return {
    leading: leading.promise,
    ended: ended.promise,
    kill: end,
    freeze: () => process.freeze(),
    thaw: () => process.thaw(),
    stop: async () => {
      // It may be killed while it stops, and then never says that it has.
      await Promise.race([process.run(async () => (await starting).stop()), ended.promise, exhausted]);
      end();
    },
  };
}
