/**
 * Sales targets of staff as files, as a manager would drop them into a folder.
 *
 * @module
 */

/**
 * Writes the targets of some staff for a month (`2022-11`): about so many pounds each. Returns the file,
 * `targets/2022-11.csv`.
 */
export async function writeTargets(
  folder: string,
  month: string,
  staffIds: readonly number[],
  about = 5_000_000,
): Promise<string> {
  const lines = staffIds.map((id, index) =>
    `${id},${month},GBP,${(about * (4 + index % 3) / 5).toFixed(2)}`
  );
  await Deno.mkdir(`${folder}/targets`, { recursive: true });
  const file = `${folder}/targets/${month}.csv`;
  await Deno.writeTextFile(
    file,
    ["staff_id,month,currency_code,target", ...lines, ""].join("\n"),
  );
  return file;
}
