/**
 * Who asks: the address at the other end of the connection. Headers such as X-Forwarded-For are not read,
 * because everyone can send them.
 *
 * @module
 */
import { BlockList, isIP } from "node:net";

/** Returns the address at the other end, or null when the connection has none. */
export function addressOf(remote: Deno.Addr | undefined): string | null {
  if (!remote || !("hostname" in remote)) return null;
  // IPv4, as a socket for both families sees it.
  return remote.hostname.replace(/^::ffff:(?=\d+\.)/i, "");
}

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
