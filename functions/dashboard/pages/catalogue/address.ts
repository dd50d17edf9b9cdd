/** Returns the address of a table's page. */
export function tableAddress(table: string): string {
  return `/catalogue/${encodeURIComponent(table)}`;
}

/** Returns the address of the history of a fact's row. */
export function historyAddress(fact: string, key: string): string {
  return `${tableAddress(fact)}/${encodeURIComponent(key)}`;
}

/** Returns the id of a column on its table's page. */
export function columnId(column: string): string {
  return `column-${column.replace(/\s/g, "_")}`;
}

/** Returns the address of a column. */
export function columnAddress(table: string, column: string): string {
  return `${tableAddress(table)}#${encodeURIComponent(columnId(column))}`;
}
