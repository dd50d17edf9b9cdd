import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { connect } from "../../sdk/postgres/connection.ts";
import { openSocket } from "../../sdk/postgres/socket.ts";
import { testDatabase } from "../support/postgres.ts";

Deno.test("a connection to a server that falls silent ends", async () => {
  const server = createServer((socket) => void socket.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const address = { host: ["127.0.0.1"], port: [port], path: false } as const;
  const socket = await openSocket(address, { mode: "none" }, 50);
  const [error] = await once(socket, "error");
  assertEquals([error.code, error.message], [
    "CONNECTION_LOST",
    "the server was silent for 0.05 s",
  ]);
  server.close();
  await once(server, "close");
});

Deno.test("a session left behind by its process releases its locks", async () => {
  await using database = await testDatabase();
  await using connection = connect(database.url);
  const [settings] = await connection.query(
    `SELECT current_setting('idle_in_transaction_session_timeout') AS idle,
  current_setting('tcp_keepalives_idle') AS keepalive`,
  );
  assertEquals(settings.idle, "15min");
  assert(Number(settings.keepalive) <= 60);
});
