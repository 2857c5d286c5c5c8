import { Stage } from '../../hack/demo/stage.ts';

/** After the last test file. */
export default async function stop(): Promise<void> {
  const stage: unknown = Reflect.get(globalThis, 'stage');
  if (stage instanceof Stage) await stage.stop();
}
