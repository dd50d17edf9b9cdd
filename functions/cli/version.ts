import deno from "../../deno.json" with { type: "json" };

/** The version of this package. */
export const VERSION = `etl ${deno.version}`;
