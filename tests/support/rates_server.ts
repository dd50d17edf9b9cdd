import { serveRates } from "../../dev/simulator/rates.ts";

/** A server of exchange rates on this machine. */
export interface RatesServer extends AsyncDisposable {
  /** The setting that makes the pipeline ask it. */
  readonly RATES_URL: string;
}

/** Starts a server of exchange rates. `answer` replaces the simulator's answers. */
export function startRatesServer(
  answer: (request: Request) => Response = serveRates,
): RatesServer {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, (request) => answer(request));
  return {
    RATES_URL: `http://127.0.0.1:${server.addr.port}/{date}/{code}.json`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Returns the date of some days ago in UTC. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
