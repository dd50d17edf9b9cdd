// Everything here is optional: without it, forms have their button and commands can be selected.

/** Shows the Copy buttons, which need a script. */
function showCopyButtons() {
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
  return document.hidden || document.querySelector("details[open]") !== null ||
    String(getSelection()) !== "" || document.activeElement?.closest("form") != null;
}

/** Replaces the content of the page by the current one. */
async function refresh() {
  if (isBusy()) return;
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok || response.redirected) return location.reload();
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = next.querySelector("main");
  if (!main || isBusy()) return;
  document.querySelector("main").replaceWith(main);
  document.querySelector(".asof").replaceWith(next.querySelector(".asof"));
  document.title = next.title;
  document.querySelector("link[rel=icon]").href = main.dataset.icon;
  showCopyButtons();
}

showCopyButtons();
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) setInterval(() => refresh().catch(() => {}), seconds * 1000);
