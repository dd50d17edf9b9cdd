// Runs in the page, not in Deno: what tests want to know about elements and styles.
(() => {
  /** Boxes whose content must stay inside. */
  const BOXES = ".card, .verdict, .tiles a, .kpis > div, [data-box]";
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";

  globalThis.overflow = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wide = scrollWidth > clientWidth
      ? [
        `the page is ${scrollWidth} pixels wide in a window of ${clientWidth}`,
        ...stickingOut(clientWidth).map((element) => `${nameOf(element)} sticks out`),
      ]
      : [];
    const spilt = [...document.querySelectorAll(BOXES)]
      .filter((box) => isShown(box) && box.scrollWidth > box.clientWidth + 1)
      .map((box) => `${nameOf(box)} spills over: ${box.scrollWidth} of ${box.clientWidth} pixels`);
    return [...wide, ...spilt];
  };

  /** Returns the innermost elements that make the page wider than its window. */
  function stickingOut(width) {
    const wide = [...document.querySelectorAll("body *")].filter((element) =>
      element.getBoundingClientRect().right > width + 1 && !isScrolled(element)
    );
    return wide.filter((element) =>
      !wide.some((other) => element !== other && element.contains(other))
    )
      .slice(0, 3);
  }

  function isScrolled(element) {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== "visible") return true;
    }
    return false;
  }

  /** Returns the focused element and why its focus is not visible; null at the end of the page. */
  globalThis.focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    return { name: nameOf(element), invisible: whyInvisible(element) };
  };

  globalThis.controls = () =>
    [...document.querySelectorAll(CONTROLS)]
      .filter((element) => isShown(element) && !element.disabled && element.tabIndex >= 0)
      .map(nameOf);

  function whyInvisible(element) {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    const { width, height, bottom, top, left, right } = element.getBoundingClientRect();
    if (width < 1 || height < 1) return "it has no size";
    if (bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth) {
      return "it is out of sight";
    }
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 1) return "it has no outline";
    return contrast(outlineColor, backgroundOf(element.parentElement)) < 3
      ? "its outline does not stand out"
      : null;
  }

  function isShown(element) {
    return element.checkVisibility({ visibilityProperty: true }) && !inClosedDetails(element);
  }

  function inClosedDetails(element) {
    const details = element.parentElement?.closest("details:not([open])");
    return Boolean(details) && !(element.matches("summary") && element.parentElement === details);
  }

  function nameOf(element) {
    const text = element.getAttribute("aria-label") ?? element.getAttribute("name") ??
      element.textContent;
    const name = text.trim().replace(/\s+/g, " ").slice(0, 80);
    const mark = element.id
      ? `#${element.id}`
      : [...element.classList].map((name) => `.${name}`).join("");
    return `${element.tagName.toLowerCase()}${mark} ${name}`.trim();
  }

  function backgroundOf(element) {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (channels(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
        matchMedia("(prefers-color-scheme: dark)").matches
      ? "rgb(18, 18, 18)"
      : "rgb(255, 255, 255)";
  }

  /** Returns the contrast of two opaque colours as WCAG defines it, from 1 to 21. */
  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance(color) {
    const [red, green, blue] = channels(color).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function channels(color) {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  }
})();
