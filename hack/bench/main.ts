/** Measurements that are too slow or too noisy for a test: `npm run bench -- NAME`. */
const benches: Readonly<Record<string, () => Promise<{ bench(): Promise<void> }>>> = {
  capture: () => import('./capture.ts'),
  drift: () => import('./drift.ts'),
  engine: () => import('./engine/bench.ts'),
};

const [name = ''] = process.argv.slice(2);
const load = benches[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exitCode = 2;
} else await (await load()).bench();
