import { assertEquals } from "@std/assert";
import { erDiagram } from "../../sdk/derive/er_diagram.ts";

/** The lines after the heading, without indentation. */
function body(diagram: string): string[] {
  const lines = diagram.split("\n").map((line) => line.trim());
  return lines.slice(lines.indexOf("erDiagram") + 2);
}

Deno.test("erDiagram() draws a foreign key from its parent, or from its child", () => {
  const key = { parent: "area", child: "visit", label: ["from", "to"], optional: false };
  const diagram = erDiagram({
    entities: [
      { name: "area", attributes: [{ name: "code", type: "text", keys: ["PK"] }] },
      { name: "visit", attributes: [] },
    ],
    relationships: [
      key,
      { ...key, optional: true },
      { ...key, parentLast: true },
      { ...key, parentLast: true, optional: true, label: [] },
    ],
    direction: "LR",
    rankSpacing: 40,
  });
  assertEquals(body(diagram), [
    '"area" {',
    "text code PK",
    "}",
    '"visit"',
    '"area" ||--o{ "visit" : "from<br>to"',
    '"area" |o--o{ "visit" : "from<br>to"',
    '"visit" }o--|| "area" : "from<br>to"',
    '"visit" }o--o| "area" : ""',
  ]);
});

Deno.test("erDiagram() writes names of any characters in Mermaid's syntax", () => {
  const attributes = ["Name of area", "it's", "1st", "pk", "Ünïcode", "a;b", "fkey"].map((name) =>
    ({ name, type: "double precision", keys: [] }) as const
  );
  const diagram = erDiagram({
    entities: [{ name: 'Area "51" #1 100%\\;', attributes }],
    relationships: [],
    direction: "TB",
    rankSpacing: 40,
  });
  assertEquals(body(diagram), [
    '"Area #34;51#34; #35;1 100#37;#92;#59;" {',
    "double_precision Name_of_area",
    "double_precision it_s",
    "double_precision _1st",
    "double_precision _pk",
    "double_precision Ünïcode",
    "double_precision a_b",
    "double_precision fkey",
    "}",
  ]);
});
