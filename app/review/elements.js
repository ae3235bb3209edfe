// Builds elements. Text is always inserted as text, never as markup, because some is written by models.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with attributes and children. A name that starts with "on" adds a listener, `true` an attribute without a
 * value; null, undefined and false add nothing.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(typeof child === "number" ? String(child) : child);
  }
  return node;
}

/**
 * A button that never takes the focus from a mouse, so that the keys go on working after a click. One whose action has a key
 * is made by `KeyButtons`.
 * @param {Record<string, any>} attributes
 * @param {...Child} children
 */
export function button(attributes, ...children) {
  /** @param {MouseEvent} event */
  const onmousedown = (event) => event.preventDefault();
  return el("button", { type: "button", onmousedown, ...attributes }, ...children);
}

/**
 * The small picture of a key on a button.
 * @param {string | number} text
 */
export function kbd(text) {
  return el("kbd", { "aria-hidden": "true" }, text);
}

const ICONS = {
  play: "M5 3v10l8-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  back: "M3 3h2v10H3zM13 3v10L6 8z",
  on: "M11 3h2v10h-2zM3 3v10l7-5z",
  reverse: "M8 3v10L2 8zM14 3v10L8 8z",
  forward: "M2 3v10l6-5zM8 3v10l6-5z",
  full: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  previous: "M10 3 5 8l5 5",
  next: "m6 3 5 5-5 5",
};

/**
 * An icon; the button around it has the label for screen readers.
 * @param {keyof typeof ICONS} name
 */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  const line = ["previous", "next", "full"].includes(name);
  picture.setAttribute("class", line ? "icon line" : "icon");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}
