// Fits the screen into the window, so that the decision bar is always visible, and tells layout.css how its parts stand.

import { fillsScreen } from "./full_screen.js";
import { makeRoom } from "./sidebar.js";

const LEAST_HEIGHT_PX = 320; // of a lower window the page itself scrolls
const BOTTOM_PX = 8;
const TWO_COLUMNS_REM = 54; // least width in which the rationale has a column of its own
const PAGE = '[data-testid="stMainBlockContainer"]'; // Streamlit's own frame around a page
const SCROLLER = "section, [data-testid=stMain]"; // what scrolls a page of Streamlit

export class PageFit {
  #host;
  #root;
  #page;
  #observer;
  #onResize = () => this.fit();

  /**
   * @param {HTMLElement} host in which Streamlit has put the component
   * @param {HTMLElement} root of the screen
   */
  constructor(host, root) {
    this.#host = host;
    this.#root = root;
    this.#page = around(host, PAGE);
    if (this.#page) this.#page.dataset.fits = "review"; // style.css takes the margins away
    window.addEventListener("resize", this.#onResize);
    this.#observer = new ResizeObserver(this.#onResize);
    this.#observer.observe(document.body);
    this.#observer.observe(host); // resizes when the sidebar opens or closes, and with full screen
    this.fit();
  }

  fit() {
    makeRoom();
    const fills = fillsScreen(this.#host);
    const scrolled = around(this.#host, SCROLLER)?.scrollTop ?? window.scrollY;
    const top = fills ? this.#root.offsetTop : this.#host.getBoundingClientRect().top + scrolled;
    const height = Math.floor(Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BOTTOM_PX));
    this.#root.style.height = `${height}px`;
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.#root.dataset.layout = layoutOf(this.#host.clientWidth, height, rem);
  }

  close() {
    window.removeEventListener("resize", this.#onResize);
    this.#observer.disconnect();
    if (this.#page) delete this.#page.dataset.fits;
  }
}

/**
 * Whether picture and rationale stand beside each other or one below the other, as on a phone or an upright tablet.
 * @param {number} width_px
 * @param {number} height_px
 * @param {number} rem px of a rem
 * @returns {"two" | "one"}
 */
export function layoutOf(width_px, height_px, rem) {
  return width_px >= TWO_COLUMNS_REM * rem && width_px > height_px ? "two" : "one";
}

/**
 * The element of the page around the component, which lives in a shadow tree of its own.
 * @param {HTMLElement} host
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
function around(host, selector) {
  const tree = host.getRootNode();
  return tree instanceof ShadowRoot ? tree.host.closest(selector) : null;
}
