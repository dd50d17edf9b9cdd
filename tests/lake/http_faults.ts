/**
 * A proxy before an HTTP server that answers some requests itself, or loses the server's answer:
 * what a client of S3 must live with.
 *
 * @module
 */

/** What becomes of a request. */
export type Fate =
  /** It reaches the server, and its answer the client. */
  | "pass"
  /** It reaches the server, and the connection ends before its answer comes. */
  | "lose the answer"
  /** It does not reach the server; this comes back. */
  | { readonly status: number; readonly code: string };

/** A proxy before a server, for as long as its scope lasts. */
export interface HttpFaults extends AsyncDisposable {
  /** Where the client finds it. */
  readonly url: string;
  /** Every request so far: its method and path. */
  readonly requests: readonly string[];
}

/** Starts a proxy before a server; `fate` is asked of every request, and counts them from 1. */
export function httpFaults(
  server: string,
  fate: (request: Request, count: number) => Fate,
): HttpFaults {
  const requests: string[] = [];
  const listener = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response(null) },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      requests.push(`${request.method} ${pathname}`);
      const decided = fate(request, requests.length);
      if (typeof decided === "object") return refusal(decided);
      const body = request.body === null ? undefined : await request.arrayBuffer();
      const headers = new Headers(request.headers);
      headers.delete("host");
      const answer = await fetch(server + pathname + search, {
        method: request.method,
        headers,
        body: body?.byteLength ? body : undefined,
      });
      const bytes = await answer.arrayBuffer();
      if (decided === "lose the answer") {
        return new Response(
          new ReadableStream({ start: (controller) => controller.error(new Error("lost")) }),
          { status: 503 },
        );
      }
      const hasBody = request.method !== "HEAD" && answer.status !== 204;
      return new Response(hasBody ? bytes : null, {
        status: answer.status,
        headers: answer.headers,
      });
    },
  );
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => listener.shutdown(),
  };
}

function refusal({ status, code }: { readonly status: number; readonly code: string }): Response {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml" } });
}
