import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Stage } from '../../hack/demo/stage.ts';
import { notifyingNamespace, scenePath } from './scene-path.ts';

/** Before the first test file: one cluster with the operator in it, which all of them share. */
export default async function start(): Promise<void> {
  const stage = new Stage({ install: process.env.CI === 'true', receivers: true, tell: (topic, text) => console.log(`${topic.padEnd(8)} ${text}`) });
  Object.assign(globalThis, { stage });
  try {
    const { access, images } = await stage.start();
    // The operator may get Secrets only in namespaces that it was told of when it was installed.
    await stage.namespace(notifyingNamespace);
    mkdirSync(dirname(scenePath), { recursive: true });
    writeFileSync(scenePath, JSON.stringify({ access, images }));
  } catch (error) {
    await stage.stop();
    throw error;
  }
}
