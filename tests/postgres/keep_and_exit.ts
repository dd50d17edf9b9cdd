/** Keeps a connection to the URL in its first argument, and reaches its end. */
import { acquireConnection, keepConnections } from "../../sdk/postgres/kept_connections.ts";

keepConnections();
{
  await using connection = acquireConnection(Deno.args[0]);
  await connection.query("SELECT 1");
}
// The connection is at rest once its answers have come.
await new Promise((resolve) => setTimeout(resolve, 50));
console.log("done");
