/**
 * Copies the same table with this repository and with other tools, in one run on one Postgres:
 * `deno task compare --help`. The tools come from PyPI, into a cache folder.
 *
 * @module
 */
import { FloorWarehouse } from "./bench/floor.ts";
import { buildSource, orders } from "./bench/subject.ts";
import { Contender, type Ground } from "./compare/contender.ts";
import { install } from "./compare/install.ts";
import { measureIncrements, type PeerResult, type SkippedPeer } from "./compare/measure_peer.ts";
import { type CompareOptions, readCompareOptions, USAGE } from "./compare/options.ts";
import type { Peer } from "./compare/peer.ts";
import { PEERS } from "./compare/peers.ts";
import { type Comparison, comparisonText } from "./compare/report.ts";
import { CommandMeter, type Cost } from "./measure/measured_command.ts";
import { describeMachine } from "./measure/machine.ts";
import { publish, type TableLayout } from "./measure/publish.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox } from "./sandbox.ts";

/** The name of the sandbox's source. */
const TEMPLATE = "totesys";

/** A tool that takes longer is run once. */
const SLOW_MS = 60_000;

async function compare(options: CompareOptions, stack: AsyncDisposableStack): Promise<Comparison> {
  const skipped: SkippedPeer[] = [];
  const homes = await installAll(wanted(options), skipped);
  // Durable, because a real database is.
  const sandbox = stack.use(await openSandbox({ durable: true }));
  const { postgres, lake: folder } = sandbox;
  const source = sandbox.environment.SOURCE_URL;
  report(`building ${options.rows} sales orders`);
  await buildSource(source, orders, options.rows);
  const meter = stack.use(new CommandMeter());
  const ground: Ground = { postgres, sources: postgres, meter, template: TEMPLATE, folder };
  const peers = [...homes.keys()];
  const withLog = peers.some(({ readsLog }) => readsLog)
    ? { ...ground, sources: await startLoggedSource(options, stack) }
    : ground;
  const contenders: Contender[] = [];
  for (const [peer, home] of homes) {
    const number = contenders.length + 1;
    contenders.push(await Contender.enter(peer.readsLog ? withLog : ground, peer, number, home));
  }
  const firstLoads = await loadInTurns(contenders, options.runs);
  const floor_ms = await measureFloor(sandbox, contenders[0], options.runs);
  const results: PeerResult[] = [];
  for (const contender of contenders) {
    const { name } = contender.peer;
    report(`${name}: increments and losses`);
    try {
      results.push(await measureIncrements(contender, firstLoads.get(contender)!));
    } catch (error) {
      skipped.push({ name, reason: (error as Error).message });
    }
    await contender.leave();
  }
  const machine = await describeMachine(source);
  return { rows: options.rows, machine, floor_ms, peers: results, skipped };
}

/**
 * Starts a server with a source whose log can be read. The others do without: it would make their
 * writes larger.
 */
async function startLoggedSource(
  { rows }: CompareOptions,
  stack: AsyncDisposableStack,
): Promise<Postgres> {
  report("starting a source with a readable log");
  const settings = { wal_level: "logical" };
  const postgres = stack.use(await startPostgres({ durable: true, settings }));
  await buildSource(await postgres.createDatabase(TEMPLATE), orders, rows);
  return postgres;
}

/** Returns the tools to compare. This repository is always one: the floor needs its dimensions. */
function wanted({ only }: CompareOptions): readonly Peer[] {
  const isWanted = ({ name }: Peer) =>
    only.some((word) => name.toLowerCase().includes(word.toLowerCase()));
  return PEERS.filter((peer, place) => only.length === 0 || place === 0 || isWanted(peer));
}

async function installAll(
  peers: readonly Peer[],
  skipped: SkippedPeer[],
): Promise<Map<Peer, string>> {
  const homes = new Map<Peer, string>();
  for (const peer of peers) {
    const found = peer.packages.length > 0 ? await install(peer.packages) : { home: "" };
    if ("home" in found) homes.set(peer, found.home);
    else skipped.push({ name: peer.name, reason: found.missing });
  }
  return homes;
}

/** Lets every tool load in turn, so that a change of the machine's speed affects all of them. */
async function loadInTurns(
  contenders: readonly Contender[],
  runs: number,
): Promise<ReadonlyMap<Contender, Cost[]>> {
  const costs = new Map<Contender, Cost[]>(contenders.map((contender) => [contender, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [contender, earlier] of costs) {
      if (earlier.some(({ elapsed_ms, code }) => elapsed_ms > SLOW_MS || code !== 0)) continue;
      report(`${contender.peer.name}: first load ${run} of ${runs}`);
      earlier.push(await contender.firstLoad());
    }
  }
  return costs;
}

async function measureFloor(
  sandbox: Parameters<typeof FloorWarehouse.open>[0]["sandbox"],
  { place }: Contender,
  runs: number,
): Promise<number[]> {
  report("floor");
  const urls = { SOURCE_URL: place.source, WAREHOUSE_URL: place.destination };
  const pipeline = { near: urls, far: urls };
  await using floor = await FloorWarehouse.open({ sandbox, subject: orders }, pipeline);
  const times: number[] = [];
  for (let run = 1; run <= runs; run++) times.push((await floor.firstLoad()).elapsed_ms);
  return times;
}

function report(what: string): void {
  console.error(`${what}…`);
}

if (import.meta.main) {
  await runTool(() => {
    const options = readCompareOptions(Deno.args);
    return options && (async (stack) => {
      const result = await compare(options, stack);
      const text = (layOut: TableLayout) => comparisonText(result, layOut);
      await publish({ record: result, text }, options.format, "compare", Deno.args);
    });
  }, USAGE);
}
