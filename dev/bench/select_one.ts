/**
 * The least that a program of this kind does: connects to the source, and sends one query.
 *
 * @module
 */
import { connect } from "../../sdk/postgres/connection.ts";

await using source = connect(Deno.env.get("SOURCE_URL")!);
await source.query("SELECT 1");
await source.close();
