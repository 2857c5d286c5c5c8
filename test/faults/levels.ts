import type { Level } from './world.ts';

/** Each is loaded only when it is asked for. */
const levels: Readonly<Partial<Record<Level['name'], () => Promise<Level>>>> = {
  fast: async () => (await import('./simulated/site.ts')).simulated,
  true: async () => (await import('./real/site.ts')).real,
};

export async function levelOf(name: Level['name']): Promise<Level> {
  const load = levels[name];
  if (!load) throw new Error(`there is no level "${name}": take one of ${Object.keys(levels).join(', ')}`);
  return load();
}
