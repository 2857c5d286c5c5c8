/** Measurements that are too slow or too noisy for a test: `npm run bench`, or `npm run bench -- NAME` for another one than that of the engine. */
const benches: Readonly<Record<string, () => Promise<{ bench(args: readonly string[]): Promise<void> }>>> = {
  engine: () => import('./engine/bench.ts'),
  check: () => import('./contenders/check.ts'),
  capture: () => import('./capture.ts'),
  drift: () => import('./drift.ts'),
  scale: () => import('./scale.ts'),
  flood: () => import('./flood.ts'),
};
const withOptions: ReadonlySet<string> = new Set(['engine', 'check', 'scale']);

const args = process.argv.slice(2);
const [first = 'engine'] = args;
const name = first.startsWith('-') ? 'engine' : first;
const rest = first === name ? args.slice(1) : args;

function refuse(message: string): void {
  console.error(`${message}\nusage: npm run bench -- [${Object.keys(benches).join(' | ')}] [options]`);
  process.exitCode = 2;
}

const load = benches[name];
if (load === undefined) refuse(`there is no bench "${name}"`);
else if (rest.length > 0 && !withOptions.has(name)) refuse(`${name} takes no options`);
else {
  const loaded = await load();
  await loaded.bench(rest).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))) throw error;
    refuse(error.message);
  });
}
// A connection of a contender that was cut off would keep this process for minutes.
process.exit();
