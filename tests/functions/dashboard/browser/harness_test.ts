/** The checks of pages find the faults that they are about. */
import { assert, assertEquals } from "@std/assert";
import { browserTest, openPage, QUICK_VIEWS, serveApp } from "./browser.ts";
import { controlsOf, faultsOf, tabThrough } from "./inspect.ts";

const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'";

interface Fault {
  readonly body: string;
  readonly style?: string;
  readonly script?: string;
}

/** Serves a sound page with a fault added. */
function served({ body, style = "", script = "" }: Fault) {
  const page = `<!doctype html><html lang="en"><head><title>A page</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="/style.css"><script src="/app.js" defer></script></head>
    <body><main><h1>A page</h1>${body}</main></body></html>`;
  const files: Record<string, [type: string, text: string]> = {
    "/": ["text/html", page],
    "/style.css": [
      "text/css",
      `:root { color-scheme: light dark } :focus-visible { outline: 2px solid #2456c7 }
      @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #9bf }
      :focus-visible { outline-color: #9bf } } ${style}`,
    ],
    "/app.js": ["text/javascript", script],
    "/icon.svg": ["image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg"/>`],
  };
  return serveApp((request) => {
    const [type, text] = files[new URL(request.url).pathname] ?? [];
    if (type === undefined) return new Response("none", { status: 404 });
    return new Response(text, {
      headers: { "content-type": type, "content-security-policy": POLICY },
    });
  });
}

browserTest("a sound page has no faults, in every view, under its own policy", async () => {
  await using app = served({ body: "<p>Text with a <a href='/'>link</a>.</p>" });
  for (const view of QUICK_VIEWS) {
    await using open = await openPage(app.url + "/", view);
    assertEquals(await faultsOf(open), []);
  }
});

const FAULTS: Readonly<Record<string, [Fault, RegExp]>> = {
  "an error in the console": [{ body: "", script: "console.error('wrong')" }, /^console error: wr/],
  "an exception": [{ body: "", script: "throw new Error('thrown')" }, /^error: thrown/],
  "a refused inline style": [{ body: "<p style='color: red'>x</p>" }, /^console error: .*style/i],
  "a missing file": [{ body: "<img alt='x' src='/none.png'>" }, /^404 for .*none\.png/],
  "a request to another host": [
    { body: "<img alt='x' src='http://127.0.0.2:1/x.png'>" },
    /^request to another host: http:\/\/127\.0\.0\.2/,
  ],
  "a page wider than the window": [
    { body: "<p class='wide'>x</p>", style: ".wide { width: 600px }" },
    /^(the page is 60\d pixels wide in a window of 390|p\.wide x sticks out)$/,
  ],
  "a card with more than it can hold": [
    {
      body: "<div class='card' id='c'><p>x</p></div>",
      style: ".card { width: 99px; overflow: hidden } .card p { width: 150px }",
    },
    /^div#c x spills over: 150 of 99 pixels/,
  ],
  "pale text": [
    { body: "<p class='pale'>Some text</p>", style: ".pale { color: #ccc }" },
    /^color-contrast: \.pale /,
  ],
  "an image without a text": [{ body: "<img src='/icon.svg'>" }, /^image-alt: /],
};

browserTest("faultsOf() finds each fault of a page that has them all", async () => {
  const each = Object.values(FAULTS).map(([fault]) => fault);
  const joined = (part: keyof Fault) => each.map((fault) => fault[part] ?? "").join("\n");
  await using app = served({
    body: joined("body"),
    style: joined("style"),
    script: joined("script"),
  });
  await using open = await openPage(app.url + "/", { width: 390, scheme: "light" });
  const found = await faultsOf(open);
  for (const [what, [, expected]] of Object.entries(FAULTS)) {
    assert(found.some((line) => expected.test(line)), `not found: ${what} in\n${found.join("\n")}`);
  }
});

browserTest("tabThrough() stops at every control, and sees where the focus is lost", async () => {
  await using app = served({
    body: `<p><a href="/">link</a> <button>plain</button> <button class="no">bare</button>
      <button class="pale">pale</button> <button disabled>disabled</button></p>
      <details><summary>more</summary><a href="/">inside</a></details>
      <div class="off"><button>off</button></div>`,
    style: `.no { outline: none !important } .pale { outline-color: #fafafa !important }
      .off { position: fixed; left: -999px }`,
  });
  await using open = await openPage(app.url + "/", { width: 1280, scheme: "light" });
  const stops = await tabThrough(open);
  assertEquals(stops.map(({ name, invisible }) => [name, invisible]), [
    ["a link", null],
    ["button plain", null],
    ["button.no bare", "it has no outline"],
    ["button.pale pale", "its outline does not stand out"],
    ["summary more", null],
    ["button off", "it is out of sight"],
  ]);
  assertEquals(await controlsOf(open), stops.map(({ name }) => name));
});
