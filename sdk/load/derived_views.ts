import type { DerivedView } from "../derive/converted_views.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";

/**
 * Returns the statement that selects the names of views to create or replace: those whose tables all exist,
 * unless they are the same already. It leaves alone what is no view, or belongs to another role.
 */
export function selectOutdatedViews(views: readonly DerivedView[]): Statement {
  const wanted = views.map(({ name, needs, comment }) => ({
    name,
    quoted: identifier(name),
    needs: needs.map((table) => identifier(table)),
    comment,
  }));
  const text = `SELECT w.name
FROM jsonb_to_recordset($1::text::jsonb) AS w(name text, quoted text, needs jsonb, comment text)
LEFT JOIN pg_class v ON v.oid = to_regclass(w.quoted)
WHERE NOT EXISTS (SELECT FROM jsonb_array_elements_text(w.needs) AS needed(name)
    WHERE to_regclass(needed.name) IS NULL)
  AND (v.oid IS NULL OR v.relkind = 'v' AND pg_has_role(v.relowner, 'USAGE')
    AND obj_description(v.oid, 'pg_class') IS DISTINCT FROM w.comment)`;
  return { text, values: [JSON.stringify(wanted)] };
}

/** Creates the views whose tables exist, and replaces those that differ. Readers keep their rights. */
export async function updateViews(
  warehouse: Connection,
  views: readonly DerivedView[],
): Promise<void> {
  const { text, values } = selectOutdatedViews(views);
  const rows = await warehouse.query<{ name: string }>(text, values);
  const outdated = views.filter(({ name }) => rows.some((row) => row.name === name));
  if (outdated.length === 0) return;
  await warehouse.batch(outdated.flatMap(({ name, create, comment }) => [
    create,
    `COMMENT ON VIEW ${identifier(name)} IS '${comment.replaceAll("'", "''")}'`,
  ]));
}

/**
 * Drops views, which block changes of the columns that they read. Returns the statements that give readers
 * their rights again, once the views are back.
 */
export async function dropViews(
  warehouse: Connection,
  names: readonly string[],
): Promise<string[]> {
  const grants: string[] = [];
  for (const view of names.map((name) => identifier(name))) {
    const rows = await warehouse.query<{ statement: string }>(
      `SELECT format('GRANT %s ON %s TO %s%s', privilege_type, oid::regclass,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS statement
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass($1) AND grantee <> relowner`,
      [view],
    );
    grants.push(...rows.map(({ statement }) => statement));
  }
  await warehouse.batch(names.map((name) => `DROP VIEW IF EXISTS ${identifier(name)}`));
  return grants;
}
