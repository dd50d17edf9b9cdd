// Starts a moto_server, says where, and waits to be killed.
import { startMoto } from "../../dev/moto.ts";

const moto = await startMoto();
console.log(moto?.url);
setInterval(() => {}, 60_000);
