// Starts a moto_server, prints its URL and waits to be killed.
import { startMoto } from "../../dev/moto.ts";

const moto = await startMoto();
console.log(moto?.url);
setInterval(() => {}, 60_000);
