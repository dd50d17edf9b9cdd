/**
 * A local server of exchange rates. It answers with the body of the npm package
 * `@fawazahmed0/currency-api`, redated, or with whatever a test says.
 *
 * @module
 */
import eur from "@fawazahmed0/currency-api/v1/currencies/eur.min.json" with { type: "json" };
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Returns the text of the package's body for a date, with some rates replaced. */
export function realBody(date: string, rates: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...eur, date, eur: { ...eur.eur, ...rates } });
}

/** Returns the text of an answer of Frankfurter v2. */
export function bankBody(
  rows: readonly (readonly [date: string, quote: string, rate: number])[],
): string {
  return JSON.stringify(rows.map(([date, quote, rate]) => ({ date, base: "EUR", quote, rate })));
}

/** A request for the rates of a date. */
export interface RateRequest {
  readonly date: string;
  /** The path and query. */
  readonly url: string;
  /** How often this date has been asked for, from 1. */
  readonly attempt: number;
}

/** What the server does. A number is a status without a body, a text the body. */
export type Answer = number | string | {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What the connection does: it ends in the body, says nothing, or sends without end, fast or slowly. */
  readonly fault?: "cut" | "silent" | "endless" | "drip";
};

/** A running server, until its scope ends. */
export interface RateServer extends AsyncDisposable {
  readonly host: string;
  /** URL templates with the paths of the CDN and of Frankfurter. */
  readonly cdn: string;
  readonly bank: string;
  /** The dates that were asked for, in order. */
  readonly dates: string[];
  /** The paths that were asked for, in order. */
  readonly paths: string[];
  /** Returns the most requests that were open at a time. */
  readonly busiest: () => number;
  /** What the server answers; can be replaced. */
  answer: (request: RateRequest) => Answer;
}

/** Starts a server. */
export async function rateServer(answer: (request: RateRequest) => Answer): Promise<RateServer> {
  const dates: string[] = [];
  const paths: string[] = [];
  let [open, busiest] = [0, 0];
  const server = createServer((request, response) => {
    const url = request.url!;
    const date = /\d{4}-\d{2}-\d{2}/.exec(url)?.[0] ?? "";
    dates.push(date);
    paths.push(url);
    busiest = Math.max(busiest, ++open);
    response.on("close", () => open--);
    const attempt = dates.filter((asked) => asked === date).length;
    send(response, started.answer({ date, url, attempt }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started: RateServer = {
    host,
    cdn: `http://${host}/npm/@fawazahmed0/currency-api@{date}/v1/currencies/{code}.min.json`,
    bank: `http://${host}/v2/rates?date={date}&base={code}`,
    dates,
    paths,
    busiest: () => busiest,
    answer,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return started;
}

function send(response: ServerResponse, answer: Answer): void {
  if (typeof answer === "number") return void response.writeHead(answer).end();
  const { status = 200, headers = {}, body = "", fault } = typeof answer === "string"
    ? { body: answer }
    : answer;
  if (fault === "silent") return;
  const length = fault === "cut" ? { "content-length": body.length + 1000 } : {};
  response.writeHead(status, { "content-type": "application/json", ...length, ...headers });
  if (fault === undefined) return void response.end(body);
  response.write(body);
  if (fault === "cut") return void setTimeout(() => response.destroy(), 20);
  const chunk = fault === "drip" ? " " : " ".repeat(2 ** 19);
  const timer = setInterval(() => response.write(chunk), fault === "drip" ? 20 : 1);
  response.on("close", () => clearInterval(timer));
}
