// The workspace's coding manual, loaded each time it is opened.

import { sentenceOf } from "../api.js";
import { button, el } from "../elements.js";

/** @import { ManualNode } from "../types.d.ts" */

/** @typedef {keyof HTMLElementTagNameMap} Tag */

/** @type {Set<string>} */
const TAGS = new Set(
  "h1 h2 h3 h4 h5 h6 p ul ol li strong em s code blockquote hr a table thead tbody tr th td".split(" "),
);

/**
 * An element or text for a node from the server; of an unknown tag only the text is kept.
 * @param {ManualNode | string} node
 * @returns {Node}
 */
function built(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const link = node.href ? { href: node.href, target: "_blank", rel: "noopener noreferrer" } : {};
  const tag = TAGS.has(node.tag) ? /** @type {Tag} */ (node.tag) : "span";
  return el(tag, link, ...node.children.map(built));
}

export class Manual {
  #words = el("div", { class: "manual-words" });

  #server;

  /** @param {{json(path: string): Promise<any>}} server */
  constructor(server) {
    this.#server = server;
    const close = button(
      { class: "plain", onclick: () => this.toggle(), "aria-label": "Close the coding manual" },
      "Close",
    );
    this.root = el(
      "dialog",
      { class: "help manual", "data-testid": "manual", "aria-label": "Coding manual" },
      el("header", {}, el("h2", {}, "Coding manual"), close),
      this.#words,
    );
  }

  get open() {
    return this.root.open;
  }

  async toggle() {
    if (this.root.open) {
      this.root.close();
      return;
    }
    this.#words.replaceChildren(el("p", { class: "quiet" }, "Loading…"));
    this.root.showModal();
    try {
      /** @type {{nodes: ManualNode[]}} */
      const { nodes } = await this.#server.json("/manual");
      this.#words.replaceChildren(...nodes.map(built));
    } catch (error) {
      this.#words.replaceChildren(el("p", {}, `The manual cannot be shown: ${sentenceOf(error)}`));
    }
  }
}
