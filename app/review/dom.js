// Builds elements. Text always goes in as text, never as markup: what a model wrote cannot become part of the page.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * A button that never takes the focus from a mouse, so that the keys go on working after a click. The key that is
 * pictured on it, or `keys` where there is no room for a picture, is told to screen readers.
 */
export function button({ keys, ...attributes }, ...children) {
  const shown = keys ?? children.find((child) => child?.tagName === "KBD")?.textContent;
  const shortcut = shown?.split(" ").map((part) => KEY_NAMES[part] ?? part).join("+");
  const own = { type: "button", "aria-keyshortcuts": shortcut, onmousedown: (event) => event.preventDefault() };
  return el("button", { ...own, ...attributes }, ...children);
}

const KEY_NAMES = { "←": "ArrowLeft", "→": "ArrowRight", Ctrl: "Control", Esc: "Escape", "⌫": "Backspace" };

/** The small picture of a key on a button. */
export function kbd(text) {
  return el("kbd", { "aria-hidden": "true" }, text);
}

/** 62.5 is "1:02.50". */
export function clockTime(seconds, digits = 2) {
  const scale = 10 ** digits;
  const units = Math.round(Math.max(0, seconds) * scale);
  const minutes = Math.floor(units / (60 * scale));
  const rest = ((units % (60 * scale)) / scale).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${minutes}:${rest}`;
}

const ICONS = {
  play: "M5 3v10l8-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  back: "M3 3h2v10H3zM13 3v10L6 8z",
  on: "M11 3h2v10h-2zM3 3v10l7-5z",
  reverse: "M8 3v10L2 8zM14 3v10L8 8z",
  forward: "M2 3v10l6-5zM8 3v10l6-5z",
  previous: "M10 3 5 8l5 5",
  next: "m6 3 5 5-5 5",
};

/** A drawn sign; the button around it carries the words for those who do not see it. */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const line = name === "previous" || name === "next";
  picture.setAttribute("class", line ? "icon line" : "icon");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}
