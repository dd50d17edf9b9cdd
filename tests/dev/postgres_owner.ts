// Starts a Postgres, says where, and waits to be killed.
import { startPostgres } from "../../dev/postgres.ts";

const { port } = await startPostgres();
console.log(port);
setInterval(() => {}, 60_000);
