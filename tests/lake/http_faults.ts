/**
 * A proxy in front of an HTTP server that answers some requests itself, or loses the answers of the
 * server: faults that a client of S3 must handle.
 *
 * @module
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request. */
export type Fate =
  /** It reaches the server, and the answer reaches the client. */
  | "pass"
  /** It reaches the server, and the connection ends before the answer. */
  | "lose the answer"
  /** It does not reach the server, and the connection ends. */
  | "lose the request"
  /** It does not reach the server, and the client gets this answer. */
  | { readonly status: number; readonly code: string };

/** A proxy in front of a server, until its scope ends. */
export interface HttpFaults extends AsyncDisposable {
  /** The URL for the client. */
  readonly url: string;
  /** Every request so far: its method and path. */
  readonly requests: readonly string[];
}

/** Decides what happens to a request. */
export type Decide = (
  request: Pick<IncomingMessage, "headers"> & { readonly method: string; readonly url: string },
  count: number,
) => Fate;

/** Starts a proxy in front of a server. Calls `fate` for every request, with its number from 1. */
export async function httpFaults(server: string, fate: Decide): Promise<HttpFaults> {
  const requests: string[] = [];
  const proxy = createServer(async (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    requests.push(`${method} ${url}`);
    const decided = fate({ method, url, headers }, requests.length);
    const body = await bodyOf(request);
    if (typeof decided === "object") return refuse(response, decided);
    const answer = decided === "lose the request" ? null : await pass(server, request, body);
    if (decided !== "pass") return request.socket.destroy();
    response.writeHead(answer!.status, [...answer!.headers].flat());
    response.end(new Uint8Array(await answer!.arrayBuffer()));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = await Array.fromAsync<Uint8Array<ArrayBuffer>>(request);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function pass(
  server: string,
  { method, url, headers }: IncomingMessage,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const passed = Object.entries(headers).filter(([name]) =>
    !["host", "connection", "expect", "transfer-encoding", "content-length"].includes(name)
  );
  const answer = await fetch(`${server}${url}`, {
    method,
    headers: passed.map(([name, value]): [string, string] => [name, String(value)]),
    body: body.length > 0 ? body : undefined,
  });
  return answer;
}

function refuse(
  response: ServerResponse,
  { status, code }: { readonly status: number; readonly code: string },
): void {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response.writeHead(status, { "content-type": "application/xml" }).end(xml);
}
