// What a chart says about the mark below the pointer or finger, or the one that the arrow keys choose.
// Without this file, browsers show the same texts as tooltips, after a while and to a mouse only.

/** How close a pointer must come to a mark, in pixels. */
const REACH = 24;
const GAP = 12;

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("role", "status");
document.body.append(tip);

/** The marks of each chart that was looked at, from left to right, with their texts. */
const marksOfChart = new WeakMap();
let chosen = null;

/** Takes the texts out of a chart: otherwise the browser would show its tooltip too. */
function marksOf(chart) {
  const known = marksOfChart.get(chart);
  if (known) return known;
  const marks = [...chart.querySelectorAll("title")].map((title) => {
    const element = title.parentElement;
    title.remove();
    return { element, text: title.textContent };
  });
  const left = ({ element }) => element.getBoundingClientRect().left;
  if (!chart.querySelector(".hits")) marks.sort((a, b) => left(a) - left(b));
  marksOfChart.set(chart, marks);
  return marks;
}

/** The chart that the keyboard is in. */
function focusedChart() {
  return document.activeElement?.matches("svg.plot:focus-visible") ? document.activeElement : null;
}

function middleOf({ element }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  // A column is as high as its chart: the text stands above it.
  const isColumn = element.matches(".hits > *");
  return { x: left + width / 2, y: isColumn ? top + GAP : top + height / 2 };
}

/** The mark below a point, or the nearest one within reach. */
function markAt(chart, target, x, y) {
  const marks = marksOf(chart);
  const hit = marks.find(({ element }) => element.contains(target));
  if (hit || chart.querySelector(".hits")) return hit;
  const distances = marks.map((mark) => {
    const middle = middleOf(mark);
    return { mark, distance: Math.hypot(middle.x - x, middle.y - y) };
  });
  const nearest = distances.sort((a, b) => a.distance - b.distance)[0];
  return nearest?.distance <= REACH ? nearest.mark : undefined;
}

function showTip(mark, { x, y }) {
  if (chosen !== mark) {
    chosen?.element.classList.remove("chosen");
    mark.element.classList.add("chosen");
    tip.textContent = mark.text;
    tip.hidden = false;
    chosen = mark;
  }
  const { offsetWidth: width, offsetHeight: height } = tip;
  const above = y - height - GAP;
  tip.style.left = `${Math.max(8, Math.min(x - width / 2, innerWidth - width - 8))}px`;
  tip.style.top = `${above < 8 ? y + 2 * GAP : above}px`;
}

function hideTip() {
  chosen?.element.classList.remove("chosen");
  chosen = null;
  tip.hidden = true;
}

function pointAt({ target, clientX: x, clientY: y }) {
  const chart = target.closest?.("svg.plot[tabindex]");
  const mark = chart && markAt(chart, target, x, y);
  if (mark) showTip(mark, { x, y });
  else if (!focusedChart()) hideTip();
}

/** The place of the mark that a key leads to. */
function placeAfter(key, place, last) {
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, place - 1);
    case "ArrowRight":
      return Math.min(last, place + 1);
    case "Home":
      return 0;
    case "End":
      return last;
  }
}

/** The address of the rows behind a mark. */
function rowsBehind(mark) {
  return mark?.element.closest("[data-rows]")?.dataset.rows;
}

/** The mark that a finger touched last. */
let touched = null;

document.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "touch") pointAt(event);
});
document.addEventListener("pointerdown", pointAt);
document.addEventListener("click", (event) => {
  const chart = event.target.closest?.("svg.plot[tabindex]");
  const mark = chart && markAt(chart, event.target, event.clientX, event.clientY);
  const address = rowsBehind(mark);
  if (!address) return;
  // A finger has no hover: its first touch says what the mark is, the second one follows.
  const isFollowed = event.pointerType !== "touch" || touched === mark;
  touched = mark;
  if (isFollowed) location.assign(address);
});
document.addEventListener("keydown", (event) => {
  const chart = focusedChart();
  if (event.key === "Escape") hideTip();
  if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && rowsBehind(chosen)) return location.assign(rowsBehind(chosen));
  const marks = marksOf(chart);
  const place = placeAfter(event.key, marks.indexOf(chosen), marks.length - 1);
  const mark = marks[place];
  if (!mark) return;
  event.preventDefault();
  showTip(mark, middleOf(mark));
});
document.addEventListener("focusin", ({ target }) => {
  if (!target.matches("svg.plot:focus-visible")) return;
  const mark = marksOf(target).at(-1);
  if (mark) showTip(mark, middleOf(mark));
});
document.addEventListener("focusout", hideTip);
addEventListener("swap", hideTip);
for (const name of ["scroll", "resize"]) {
  addEventListener(name, () => {
    // Focus scrolls a chart into view: its text goes along.
    if (chosen && focusedChart()?.contains(chosen.element)) showTip(chosen, middleOf(chosen));
    else hideTip();
  }, { capture: true, passive: true });
}
