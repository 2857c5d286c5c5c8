/** Measurements that are too slow or too noisy for a test: `npm run bench`, or `npm run bench -- NAME` for another one than that of the engine. */
const benches: Readonly<Record<string, () => Promise<{ bench(args: readonly string[]): Promise<void> }>>> = {
  engine: () => import('./engine/bench.ts'),
  check: () => import('./contenders/check.ts'),
  capture: () => import('./capture.ts'),
  drift: () => import('./drift.ts'),
  scale: () => import('./scale.ts'),
  flood: () => import('./flood.ts'),
};

const args = process.argv.slice(2);
const [first = 'engine'] = args;
const name = first.startsWith('-') ? 'engine' : first;
const load = benches[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- [${Object.keys(benches).join(' | ')}]`);
  process.exitCode = 2;
} else await (await load()).bench(first === name ? args.slice(1) : args);
