import { assertEquals } from "@std/assert";
import type { Checkpoint } from "../../sdk/extract/plan.ts";
import { withoutScan } from "../../sdk/extract/scan.ts";

const tiny = { name: "tiny", key: "id", columns: { id: { type: "integer" } } } as const;

function checkpoint(xmin: string, xmax: string): Checkpoint {
  const taken_at = "2026-01-01T00:00:00.000000Z";
  return {
    snapshot: { system: "1", database: "d", taken_at, xmin, xmax, visible: [] },
    columns: { tiny: ["id"] },
    partial: { tiny: "10" },
  };
}

Deno.test("withoutScan() knows that no table changed when no transaction ended in between", () => {
  const unchanged = (since: Checkpoint | undefined, xmin: string, xmax: string) => [
    ...withoutScan([tiny], since, { xmin, xmax }).unchanged,
  ];
  assertEquals(unchanged(checkpoint("7", "7"), "7", "7"), ["tiny"]);
  assertEquals(unchanged(checkpoint("7", "7"), "8", "8"), []); // 7 ended
  assertEquals(unchanged(checkpoint("7", "9"), "7", "9"), []); // 8 can have ended
  assertEquals(unchanged(checkpoint("7", "7"), "7", "8"), []);
  assertEquals(unchanged(checkpoint("7", "8"), "8", "8"), []);
  assertEquals(unchanged(undefined, "7", "7"), []);
});
