/** The bytes of an address: 4 of IPv4, 16 of IPv6. */
export type Address = readonly number[];

/** Addresses that begin alike. */
export interface Block {
  readonly address: Address;
  /** How many bits they have in common. */
  readonly bits: number;
}

/**
 * Reads an address in any text form, without brackets. The zone of a link-local one is dropped.
 * @returns undefined when it is a name
 */
export function parseAddress(text: string): Address | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split(".").map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  const url = `http://[${text.replace(/%.*$/, "")}]`;
  // URLs know every form, and write them as groups of hexadecimal digits alone.
  return text.includes(":") && URL.canParse(url)
    ? ofGroups(new URL(url).hostname.slice(1, -1))
    : undefined;
}

function ofGroups(text: string): Address {
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = new Array<number>(16 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after];
}

function groups(text: string): number[] {
  return text.split(":").filter((group) => group !== "").flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** Reads `10.0.0.0/8` or `fc00::/7`. @returns undefined when it is none */
export function parseBlock(text: string): Block | undefined {
  const [, start = "", length = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(start);
  const bits = Number(length);
  return address === undefined || bits > address.length * 8 ? undefined : { address, bits };
}

/** Whether an address is in a block of its own family. */
export function isIn(address: Address, block: Block): boolean {
  if (address.length !== block.address.length) return false;
  return address.every((byte, at) => {
    const bits = Math.min(8, Math.max(0, block.bits - at * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((block.address[at] ?? 0) & mask);
  });
}

const blocks = (...texts: readonly string[]): readonly Block[] =>
  texts.flatMap((text) => parseBlock(text) ?? []);

/**
 * What no address of the open internet is in.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const SPECIAL = blocks(
  "0.0.0.0/8", // this network, and no address
  "10.0.0.0/8", // private
  "100.64.0.0/10", // shared by the customers of a provider
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local, where clouds keep their metadata
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocols
  "192.0.2.0/24", // documentation
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
  "2001::/23", // protocols, Teredo among them
  "2001:db8::/32", // documentation
  "3fff::/20", // documentation
);

/** The only part of IPv6 that is given out: loopback, unique-local, link-local and others are elsewhere. */
const GLOBAL = blocks("2000::/3");

/** IPv6 that stands for IPv4, and where in it the IPv4 address is. */
const CARRIERS: readonly (readonly [Block, number])[] = [
  ...blocks("::ffff:0:0/96", "64:ff9b::/96").map((block) => [block, 12] as const), // mapped, NAT64
  ...blocks("2002::/16").map((block) => [block, 2] as const), // 6to4
];

/**
 * Whether an address is one of the open internet: not loopback, private, link-local, or set aside
 * for anything else, in IPv4, in IPv6, or in IPv6 that stands for IPv4.
 *
 * @param text without brackets; a name is not public
 */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPublic(address);
}

function isPublic(address: Address): boolean {
  const carrier = CARRIERS.find(([block]) => isIn(address, block));
  if (carrier !== undefined) return isPublic(address.slice(carrier[1], carrier[1] + 4));
  if (address.length === 16 && !GLOBAL.some((block) => isIn(address, block))) return false;
  return !SPECIAL.some((block) => isIn(address, block));
}
