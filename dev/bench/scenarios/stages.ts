import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Commit, objectsOf } from "../../../sdk/lake/commit.ts";
import type { Zone } from "../../../sdk/lake/zone.ts";
import { identifier } from "../../../sdk/postgres/sql.ts";
import { workIn, type WorkResult } from "../child.ts";
import { type Bench, dropPipeline, newPipeline, type Pipeline, settle } from "../context.ts";
import { counted, type FloorCost, type FloorWarehouse } from "../floor.ts";
import { costOf, type Group, type Measurement, timesOf } from "../measurement.ts";
import type { Loaded } from "./first_load.ts";
import { lakeSize, zonesOf } from "../zones.ts";

const NAME = "stages";

/** Loads everything again, each stage in a process of its own. */
export async function stages(bench: Bench, { floor }: Loaded): Promise<Group[]> {
  const { rows } = bench.options;
  const pipeline = await newPipeline(bench, NAME);
  const stage = async (name: "extract" | "transform" | "load") => {
    bench.report(`${name} alone`);
    await settle(bench);
    return await workIn(bench, pipeline.far, name);
  };
  const copied = join(bench.sandbox.lake, "copied.txt");
  const extracted = await stage("extract");
  const extractFloor = await copyToFile(floor, join(bench.sandbox.lake, "extracted.txt"));
  const transformed = await stage("transform");
  const transformFloor = await copyZones(pipeline);
  const loaded = await stage("load");
  await copyWarehouseRows(floor, copied);
  const loadFloor = await floor.load(fileChunks(copied));
  const size = await lakeSize(pipeline);
  await dropPipeline(bench, NAME);
  await Deno.remove(copied);
  return [
    group("floor: COPY into a file", extractFloor, {
      ...measured("extract", extracted, rows),
      bytes: size.ingestion.bytes,
    }),
    group("floor: read and hash the input, copy the output", transformFloor, {
      ...measured("transform", transformed, rows),
      bytes: size.processed.bytes,
    }),
    group("floor: COPY from a file, then foreign keys", loadFloor, measured("load", loaded, rows)),
  ];
}

function measured(stage: string, { spans, cost }: WorkResult, rows: number): Measurement {
  return { name: `${stage} of the first load`, runs_ms: timesOf(spans), rows, ...costOf(cost) };
}

function group(name: string, { elapsed_ms, bytes }: FloorCost, measured: Measurement): Group {
  return {
    floor: { name, runs_ms: [elapsed_ms], rows: measured.rows, bytes },
    measured: [measured],
  };
}

async function copyToFile({ source, subject }: FloorWarehouse, path: string): Promise<FloorCost> {
  return await writeFile(source.copyOut(`COPY ${identifier(subject.source.name)} TO STDOUT`), path)
    .finally(() => Deno.remove(path));
}

async function copyWarehouseRows({ source, subject }: FloorWarehouse, path: string): Promise<void> {
  await writeFile(source.copyOut(`COPY (${subject.select}) TO STDOUT`), path);
}

async function writeFile(chunks: AsyncIterable<Uint8Array>, path: string): Promise<FloorCost> {
  const count = { bytes: 0 };
  const started = performance.now();
  await Deno.writeFile(path, ReadableStream.from(counted(chunks, count)));
  return { elapsed_ms: performance.now() - started, ...count };
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  yield* file.readable;
}

/** Reads and hashes what a transform reads, and copies what it wrote. */
async function copyZones(pipeline: Pipeline): Promise<FloorCost> {
  const { ingestion, processed } = zonesOf(pipeline);
  const [read, written] = [await keysOf(ingestion), await keysOf(processed)];
  const count = { bytes: 0 };
  const started = performance.now();
  for (const key of read) {
    const hash = createHash("sha256");
    for await (const chunk of counted(ingestion.store.get(key), count)) hash.update(chunk);
    hash.digest();
  }
  for (const key of written) await processed.store.put(`floor/${key}`, processed.store.get(key));
  return { elapsed_ms: performance.now() - started, ...count };
}

async function keysOf<C extends Commit>({ log }: Zone<C>): Promise<string[]> {
  const commits = await Array.fromAsync(log.after(0) as AsyncIterable<Commit>);
  return commits.flatMap((commit) => objectsOf(commit)).map(({ object }) => object.key);
}
