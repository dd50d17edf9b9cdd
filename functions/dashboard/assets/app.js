// Everything here is optional: without it, forms have their button and commands can be selected.

/** Shows the Copy buttons, which need a script and a page that is served over https or on this machine. */
function showCopyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.firstChild;
  const before = label.data;
  label.data = "Copied";
  setTimeout(() => label.data = before, 1500);
});

/** Whether the page must stay as it is: someone reads, selects or fills in something. */
function isBusy() {
  return document.querySelector("main details[open]") !== null ||
    String(getSelection()) !== "" || document.activeElement?.closest("form") != null;
}

/** Where an element is within another one: the place of each ancestor among its siblings. */
function pathOf(element, root) {
  const path = [];
  for (let at = element; at !== root; at = at.parentElement) {
    path.unshift([...at.parentElement.children].indexOf(at));
  }
  return path;
}

function elementAt(path, root) {
  return path.reduce((element, index) => element?.children[index], root);
}

/** Replaces the content of an element. What was scrolled or focused in it stays so. */
function swap(old, next) {
  const scrolled = [...old.querySelectorAll("*")]
    .filter(({ scrollLeft, scrollTop }) => scrollLeft > 0 || scrollTop > 0)
    .map((element) => [pathOf(element, old), element.scrollLeft, element.scrollTop]);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const path = focused && pathOf(focused, old);
  old.replaceChildren(...next.childNodes);
  dispatchEvent(new Event("swap"));
  showCopyButtons();
  for (const [path, left, top] of scrolled) elementAt(path, old)?.scrollTo(left, top);
  if (!focused) return;
  const isSame = (element) =>
    element?.tagName === focused.tagName && element.textContent === focused.textContent;
  const found = [elementAt(path, old), ...old.querySelectorAll(focused.tagName)].find(isSame);
  found?.focus({ preventScroll: true });
}

/** Shows the current state of the page. Returns whether there will be another one. */
async function refresh() {
  const response = await fetch(location.href, {
    headers: { accept: "text/html" },
    redirect: "manual",
  });
  // The session has ended: what is shown would grow old without a sign of it.
  if (response.type === "opaqueredirect") {
    location.reload();
    return false;
  }
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const [main, nextMain] = [document, next].map((page) => page.querySelector("main"));
  if (!nextMain) throw new Error(`no page: ${response.status}`);
  if (isBusy()) return true;
  if (main.innerHTML !== nextMain.innerHTML) swap(main, nextMain);
  document.querySelector(".asof").replaceWith(next.querySelector(".asof"));
  document.title = next.title;
  document.querySelector("link[rel=icon]").href = nextMain.dataset.icon;
  return true;
}

/** Refreshes the page again and again; a page in the background as soon as someone looks at it. */
async function keepFresh(period_ms) {
  for (let goes = true; goes;) {
    await new Promise((resolve) => setTimeout(resolve, period_ms));
    while (document.hidden) {
      await new Promise((seen) => addEventListener("visibilitychange", seen, { once: true }));
    }
    if (isBusy()) continue;
    try {
      goes = await refresh();
    } catch {
      // The server does not answer: the time of the page says since when.
      document.querySelector(".asof").dataset.late = "";
    }
  }
}

showCopyButtons();
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) keepFresh(seconds * 1000);
