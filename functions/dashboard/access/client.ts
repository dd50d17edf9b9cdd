/**
 * Who asks: the address at the other end of the connection or, when that is a proxy of the settings, the one
 * that the proxy reports.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** Returns the address at the other end, or null when the connection has none. */
export function addressOf(remote: Deno.Addr | undefined): string | null {
  if (!remote || !("hostname" in remote)) return null;
  return withoutPrefix(remote.hostname);
}

/** Returns an IPv4 address that a socket for both families sees. */
function withoutPrefix(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/**
 * Returns the address of the client, given the one at the other end and `X-Forwarded-For`. Every proxy adds at
 * the end who asked it, so only the last address that is not a proxy's can be believed: a client sends the
 * others. Without a proxy, the header says nothing.
 */
export function clientAddress(
  address: string | null,
  forwardedFor: string | null,
  isProxy: (address: string | null) => boolean,
): string | null {
  let client = address;
  for (const hop of (forwardedFor ?? "").split(",").toReversed()) {
    const [, given = ""] = HOP.exec(hop.trim()) ?? [];
    const next = withoutPrefix(given);
    if (!isProxy(client) || isIP(next) === 0) break;
    client = next;
  }
  return client;
}

/** An address, perhaps with a port, in brackets or not. */
const HOP = /^\[?([\da-f:.]+?)\]?(?:(?<=\]|^[\d.]+):\d+)?$/i;

/** Returns what refused passwords are counted by: an IPv6 address is one of many that a client has. */
export function clientOf(address: string | null): string {
  if (address === null || isIP(address) !== 6) return address ?? "local";
  const url = new URL(`http://[${address.replace(/%.*/, "")}]`).hostname.slice(1, -1);
  const [head, tail = ""] = url.split("::");
  const groups = head.split(":").filter(Boolean);
  const rest = tail.split(":").filter(Boolean);
  const filled = url.includes("::") ? Array(8 - groups.length - rest.length).fill("0") : [];
  return [...groups, ...filled, ...rest].slice(0, 4).join(":");
}

/** Returns whether an address is one of these addresses and ranges. */
export function addressMatcher(addresses: readonly string[]): (address: string | null) => boolean {
  const list = new BlockList();
  for (const text of addresses) {
    const [address, bits] = text.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = address === null ? 0 : isIP(address);
    return family > 0 && list.check(address!, family === 6 ? "ipv6" : "ipv4");
  };
}
