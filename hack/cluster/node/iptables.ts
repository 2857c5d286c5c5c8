import { machine } from './machine.ts';

const families = ['iptables', 'ip6tables'] as const;

/** The chains that kube-proxy, kubelet and the network plugins make begin so. */
const ours = /^(KUBE|CNI)-/;

/** Removes the chains of the node and every rule that jumps to them, and nothing else. */
export function removeChains(): void {
  for (const family of families) {
    const script = removalScript(machine(`${family}-save`, []));
    if (script !== '') machine(`${family}-restore`, ['--noflush'], script);
  }
}

/** The chains of this kind that the machine has now. */
export function presentChains(): readonly string[] {
  return families.flatMap((family) => parse(machine(`${family}-save`, [])).flatMap(({ chains }) => chains));
}

/** What to give to `iptables-restore --noflush` so that what `saved` shows is there without the node's chains. */
export function removalScript(saved: string): string {
  return parse(saved)
    .filter(({ chains, jumps }) => chains.length + jumps.length > 0)
    .map(({ name, chains, jumps }) => [
      `*${name}`,
      ...jumps.map((rule) => rule.replace(/^-A/, '-D')),
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
      'COMMIT\n',
    ].join('\n'))
    .join('');
}

interface Table {
  readonly name: string;
  readonly chains: readonly string[];
  /** Rules of other people's chains that jump to ours. */
  readonly jumps: readonly string[];
}

function parse(saved: string): readonly Table[] {
  return saved.split(/^\*/m).slice(1).map((section) => {
    const [name = '', ...lines] = section.split('\n');
    const chains = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ')[0] ?? '').filter((chain) => ours.test(chain));
    const jumps = lines.filter((line) => {
      const words = line.split(' ');
      return words[0] === '-A' && !ours.test(words[1] ?? '') && ours.test(words[words.indexOf('-j') + 1] ?? '');
    });
    return { name, chains, jumps };
  });
}
