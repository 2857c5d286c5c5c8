import { describe, expect, test } from '@jest/globals';
import { closing, pushPlan } from './closing.ts';
import type { DemoRecord } from './record.ts';

const record = { example: 'fraud', namespace: 'modelkeeper-demo', deployment: 'fraud', activeVersion: 'fraud-2' } as DemoRecord;
const scene = { shell: 'export KUBECONFIG=/k', prefix: 'kubectl' };
const removal = ['npm run cluster -- down'];

describe('the last lines', () => {
  test('say how to keep what is being removed', () => {
    expect(closing({ record, scene, options: { keep: false }, removal }).join('\n')).toContain('npm run demo -- --example fraud --keep');
  });

  test('say what to type, and how to remove what was kept', () => {
    const lines = closing({ record, scene, options: { keep: true, json: 'f.json' }, removal });
    expect(lines).toContain('fraud-2 is served at http://fraud.modelkeeper-demo.svc in the cluster. Next, type:');
    expect(lines).toContain('  export KUBECONFIG=/k');
    expect(lines).toContain('  npm run demo:confirm -- f.json');
    expect(lines.at(-1)).toBe('  npm run cluster -- down');
  });
});

describe("the plan for somebody's cluster", () => {
  test('ends with what to push while no repository is named', async () => {
    const plan = await pushPlan('work', undefined);
    expect(plan.filter((line) => line.startsWith('  skopeo copy '))).toHaveLength(2);
    expect(plan.at(-1)).toContain('npm run demo -- --context work --images ');
  });

  test('names the images once it is', async () => {
    const plan = (await pushPlan('work', 'ghcr.io/acme')).join('\n');
    expect(plan).toContain('ghcr.io/acme/operator:');
    expect(plan).not.toContain('skopeo');
  });
});
