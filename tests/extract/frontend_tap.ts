/** Records the messages of clients to Postgres, after login. */
export interface FrontendTap extends AsyncDisposable {
  /** The URL to connect to. */
  readonly url: string;
  /** Returns the messages, once all clients have disconnected. */
  messages(): Promise<string[]>;
}

const NAMES: Readonly<Record<string, string>> = {
  Q: "query",
  P: "parse",
  B: "bind",
  D: "describe",
  E: "execute",
  S: "sync",
  H: "flush",
  X: "terminate",
};
const PASSWORD = "p";

/** Starts a proxy for a Postgres that records the messages of its clients. */
export function frontendTap(target: string): FrontendTap {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const messages: string[] = [];
  const sessions: Promise<unknown>[] = [];
  const serve = async (client: Deno.TcpConn) => {
    const server = await Deno.connect({ hostname, port: Number(port || 5432) });
    const [read, passed] = client.readable.tee();
    await Promise.allSettled([
      passed.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
      recordMessages(read, messages),
    ]);
  };
  const accepting = (async () => {
    for await (const client of listener) sessions.push(serve(client));
  })();
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((listener.addr as Deno.NetAddr).port);
  return {
    url: url.href,
    messages: async () => {
      await Promise.all(sessions);
      return messages;
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      await Promise.all(sessions);
    },
  };
}

/** A message starts with its type and its length, which includes itself. The first message has no type. */
async function recordMessages(
  bytes: ReadableStream<Uint8Array>,
  messages: string[],
): Promise<void> {
  let pending = new Uint8Array();
  let typed = 0;
  for await (const chunk of bytes) {
    pending = new Uint8Array([...pending, ...chunk]);
    while (pending.length >= typed + 4) {
      const end = typed + new DataView(pending.buffer, pending.byteOffset).getUint32(typed);
      if (pending.length < end) break;
      const type = String.fromCharCode(pending[0]);
      if (typed === 1 && type !== PASSWORD) messages.push(NAMES[type] ?? type);
      pending = pending.subarray(end);
      typed = 1;
    }
  }
}
