import { BlockList, isIP } from "node:net";
import { FailedDownload } from "./failed_download.ts";

const PRIVATE = new BlockList();
const PRIVATE_NETWORKS = [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24",
  "192.168.0.0/16 198.18.0.0/15 224.0.0.0/3 ::/8 2002::/16 fc00::/7 fe80::/9",
];
for (const network of PRIVATE_NETWORKS.join(" ").split(" ")) {
  const [address, bits] = network.split("/");
  PRIVATE.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
}

/**
 * Refuses a redirect that leads away from https, or from a public host to a private one. A public name
 * with a private address needs no check: a private service has no certificate for it.
 *
 * @throws {FailedDownload}
 */
export function checkRedirect(from: URL, to: URL): void {
  const secure = to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:");
  if (!secure) throw new FailedDownload("rejected", `redirect to ${to.protocol.slice(0, -1)}`);
  if (isPrivate(to.hostname) && !isPrivate(from.hostname)) {
    throw new FailedDownload("rejected", "redirect to a private address");
  }
}

/** Returns whether a host name of a URL is an address or name that only its own network knows. */
export function isPrivate(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const version = isIP(name);
  if (version !== 0) return PRIVATE.check(name, version === 6 ? "ipv6" : "ipv4");
  return !name.includes(".") || /\.(localhost|local|internal|lan)$/.test(name);
}
