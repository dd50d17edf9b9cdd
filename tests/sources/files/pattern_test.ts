import { assertEquals } from "@std/assert";
import { totesys } from "../../../schemas/model.ts";
import { matcher } from "../../../sdk/sources/files/pattern.ts";

Deno.test("a pattern fits the names that it describes, in capital and small letters", () => {
  const cases: Record<string, [fits: string[], differs: string[]]> = {
    "*.csv": [["a.csv", "A.CSV", ".csv", "a\nb.csv"], ["a/b.csv", "acsv", "a.csv.gz"]],
    "**/*.csv": [["a.csv", "x/y/a.csv"], ["a.txt"]],
    "targets/**": [["targets/a", "targets/x/y"], ["target/a", "x/targets/a"]],
    "t?/{a,b-*}.{csv,txt}": [["t1/a.csv", "t2/b-x.txt"], ["t/a.csv", "t12/a.csv", "t1/c.csv"]],
    "a+(b)[c].$^|\\": [["a+(b)[c].$^|\\"], ["aab[c].$^|\\"]],
    "a{,.gz}": [["a", "a.gz"], ["a.g"]],
    "😀?": [["😀é", "😀😀"], ["😀"]],
  };
  for (const [pattern, [fits, differs]] of Object.entries(cases)) {
    const matches = matcher(pattern);
    assertEquals(fits.filter((name) => !matches(name)), [], pattern);
    assertEquals(differs.filter(matches), [], pattern);
  }
});

Deno.test("the pattern of sales targets fits every format in any folder", () => {
  const matches = matcher(totesys.files![0].pattern);
  const fits = ["a.csv", "x/y.parquet", "x/a b.JSON.gz", "t.txt", "a.b.ndjson", "a.jsonl.gz"];
  assertEquals(fits.filter((name) => !matches(name)), []);
  assertEquals(["a.xlsx", "csv", "a.csv.zip", "a.csv/b"].filter(matches), []);
});
