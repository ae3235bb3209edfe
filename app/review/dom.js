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

/** A button that never takes the focus from a mouse, so that the keys go on working after a click. */
export function button(attributes, ...children) {
  return el("button", { type: "button", onmousedown: (event) => event.preventDefault(), ...attributes }, ...children);
}

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
