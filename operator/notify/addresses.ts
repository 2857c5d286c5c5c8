import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Resolves a name to every address it has. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** A host has no address that a notice may go to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
  constructor() {
    super('the address is not on the public internet');
  }
}

/** From IANA's registry of special-purpose IPv4 addresses, with multicast, and with the platform address of Azure's machines. */
const special4 = blocks('ipv4', [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4',
]);

/**
 * All that the public internet uses of IPv6. Outside are loopback, link-local, unique-local and multicast addresses, and
 * IPv4 addresses in disguise: mapped ones and those of NAT64.
 */
const unicast6 = blocks('ipv6', ['2000::/3']);

/** What is special inside of it: protocol assignments with Teredo, documentation, and 6to4, which has an IPv4 address in it. */
const special6 = blocks('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** Whether an address is one of the public internet. What is no address is not. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special4.check(address, 'ipv4');
  return family === 6 && !address.includes('%') && unicast6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

/**
 * Looks up a name for a socket, which gets permitted addresses only. It is the one look-up of that connection, so a name
 * that changes its address between a check and the connection gains nothing.
 */
export function guardedLookup(resolve: Resolve, permitted: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    const found = async (): Promise<{ address: string; family: number }[]> => {
      const allowed = (await resolve(hostname)).filter(({ address }) => permitted(address));
      if (allowed.length === 0) throw new AddressNotAllowed();
      return allowed.map(({ address, family }) => ({ address, family }));
    };
    found().then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''),
    );
  };
}

function blocks(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
