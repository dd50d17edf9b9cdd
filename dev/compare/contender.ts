import { connect } from "../../sdk/postgres/connection.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import type { CommandMeter, Cost } from "../measure/measured_command.ts";
import type { Postgres } from "../postgres.ts";
import { digest } from "./digest.ts";
import { COLUMNS, type Peer, type Place, TABLE } from "./peer.ts";

/** The servers, and the database that every tool gets a copy of. */
export interface Ground {
  /** The server of the destinations. */
  readonly postgres: Postgres;
  /** The server of the sources: the same one, except for tools that read the log. */
  readonly sources: Postgres;
  readonly meter: CommandMeter;
  /** The name of the database with the source's tables. */
  readonly template: string;
  /** A folder for the state of tools. */
  readonly folder: string;
}

/** A tool with a source and a destination of its own. */
export class Contender {
  readonly place: Place;
  readonly #ground: Ground;
  readonly #destination: string;

  private constructor(ground: Ground, readonly peer: Peer, number: number, home: string) {
    this.#ground = ground;
    this.#destination = `destination_${number}`;
    this.place = {
      source: ground.sources.url(`source_${number}`),
      destination: ground.postgres.url(this.#destination),
      folder: `${ground.folder}/tool_${number}`,
      home,
    };
  }

  /** Copies the source for a tool. */
  static async enter(ground: Ground, peer: Peer, number: number, home: string): Promise<Contender> {
    const names = [`source_${number}`, ground.template].map(identifier);
    await onServer(
      ground.sources,
      `CREATE DATABASE ${names[0]} TEMPLATE ${names[1]} STRATEGY file_copy`,
    );
    return new Contender(ground, peer, number, home);
  }

  /** Copies everything into an empty database. */
  async firstLoad(): Promise<Cost> {
    const { postgres, sources } = this.#ground;
    const name = identifier(this.#destination);
    await onServer(postgres, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await onServer(postgres, `CREATE DATABASE ${name} STRATEGY file_copy`);
    await Deno.remove(this.place.folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(this.place.folder, { recursive: true });
    // The source is in memory and everything else on disk, so that the order of tools makes no
    // difference.
    await this.inSource(`SELECT sum(length(t::text)) FROM ${TABLE} t`);
    for (const server of new Set([postgres, sources])) await onServer(server, "CHECKPOINT");
    return await this.#run(true);
  }

  /** Copies what is new. */
  again(): Promise<Cost> {
    return this.#run(false);
  }

  /** Lets the tool repair what its runs cannot see. Returns whether it can. */
  async repair(): Promise<boolean> {
    const command = this.peer.repair?.command(this.place);
    if (command) await this.#ground.meter.measure(command);
    return command !== undefined;
  }

  /** Returns whether every row at the destination equals the source's. */
  async isEqual(): Promise<boolean> {
    const { source, destination } = this.place;
    const there = await digest(source, TABLE, COLUMNS);
    const here = await digest(destination, this.peer.table, this.peer.columns);
    return there.rows === here.rows && there.md5 === here.md5;
  }

  /** Runs a statement in the source, and returns the first value of its result. */
  inSource(statement: string): Promise<string | undefined> {
    return firstValue(this.place.source, statement);
  }

  /** Runs a query at the destination, and returns the first value of its result. */
  atDestination(statement: string): Promise<string | undefined> {
    return firstValue(this.place.destination, statement);
  }

  /** Drops both databases, except those on a server of its own. */
  async leave(): Promise<void> {
    const { postgres, sources } = this.#ground;
    await onServer(postgres, `DROP DATABASE ${identifier(this.#destination)} WITH (FORCE)`);
    if (sources === postgres) {
      const source = new URL(this.place.source).pathname.slice(1);
      await onServer(sources, `DROP DATABASE ${identifier(source)} WITH (FORCE)`);
    }
    await Deno.remove(this.place.folder, { recursive: true });
  }

  async #run(isFirst: boolean): Promise<Cost> {
    return await this.#ground.meter.measure(await this.peer.command(this.place, isFirst));
  }
}

async function firstValue(url: string, statement: string): Promise<string | undefined> {
  await using connection = connect(url);
  const [row] = await connection.query(statement);
  const [value] = Object.values(row ?? {});
  return value === undefined || value === null ? undefined : String(value);
}

async function onServer(postgres: Postgres, statement: string): Promise<void> {
  await using server = connect(postgres.url("postgres"));
  await server.query(statement);
}
