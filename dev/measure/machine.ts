/**
 * What a measurement was taken on.
 *
 * @module
 */
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { connect } from "../../sdk/postgres/connection.ts";
import { byteSize, plural } from "../../functions/format.ts";

/** A machine and the versions of its programs. It has no name. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memory_bytes: number;
  readonly system: string;
  readonly deno: string;
  readonly postgres: string;
}

/** Describes this machine and a Postgres on it. */
export async function describeMachine(postgresUrl: string): Promise<Machine> {
  await using connection = connect(postgresUrl);
  const [{ version }] = await connection.query(
    "SELECT current_setting('server_version') AS version",
  );
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memory_bytes: totalmem(),
    system: `${platform()} ${arch()}`,
    deno: Deno.version.deno,
    postgres: String(version),
  };
}

/** Writes a machine as a line. */
export function machineLine(machine: Machine): string {
  const { cores, processor, memory_bytes, system, deno, postgres } = machine;
  return `${plural(cores, "core")} (${processor}), ${
    byteSize(memory_bytes)
  } of memory, ${system}, ` +
    `Deno ${deno}, Postgres ${postgres}`;
}
