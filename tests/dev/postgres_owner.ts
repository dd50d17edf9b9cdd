// Starts a Postgres, prints its folder and waits to be killed.
import { startPostgres } from "../../dev/postgres.ts";

const server = await startPostgres();
console.log(server.url("postgres"));
setInterval(() => {}, 60_000);
