/** Visits the rows of a chunk in order: as runs of rows that are not odd, and odd rows one by one. */
export function visitRuns(
  rows: number,
  odd: Uint8Array,
  onRun: (from: number, to: number) => void,
  onOdd: (row: number) => void,
): void {
  let from = 0;
  while (from < rows) {
    let to = from;
    while (to < rows && odd[to] === 0) to++;
    if (to > from) onRun(from, to);
    if (to < rows) onOdd(to);
    from = to + 1;
  }
}
