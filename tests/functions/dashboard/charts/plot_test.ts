import * as Plot from "@observablehq/plot";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawBoth, drawPlot, hits } from "../../../../functions/dashboard/charts/plot.ts";

const EVIL = `"><script>alert(1)</script>&amp;`;

Deno.test("text of a chart is escaped: in its label, its labels and its titles", () => {
  const svg = drawPlot("", EVIL, {
    marks: [
      Plot.dot([1], { x: 1, y: 1, title: () => EVIL }),
      Plot.text([1], { x: 1, y: 1, text: () => EVIL }),
    ],
  });
  assert(!svg.includes("<script"), svg);
  assertStringIncludes(svg, 'aria-label="&quot;>&lt;script>');
  assertEquals(svg.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;amp;/g)?.length, 2);
});

Deno.test("a chart has no style of its own, so that a strict policy and dark mode hold", () => {
  const svg = drawPlot("wide", "label", {
    marks: [Plot.barY([1, 2, 3]), Plot.axisX(), Plot.frame()],
  });
  assert(!/style|font-family|xmlns|<defs/.test(svg), svg);
  assertStringIncludes(svg, 'class="plot wide"');
});

Deno.test("a chart with texts can be reached by keyboard, one without cannot", () => {
  const area = { x1: () => 0, x2: () => 1, y2: 1, title: () => "what" };
  assertStringIncludes(drawPlot("", "", { marks: [hits([1], area)] }), 'tabindex="0"');
  assert(!drawPlot("", "", { marks: [Plot.barY([1])] }).includes("tabindex"));
});

Deno.test("a chart is drawn for a wide and for a narrow card", () => {
  assertEquals(drawBoth((kind) => `<${kind}>`), "<wide><narrow>");
});

Deno.test("the same chart is the same text in every request", () => {
  const draw = () => drawPlot("", "label", { marks: [Plot.lineY([1, 3, 2])] });
  assertEquals(draw(), draw());
});
