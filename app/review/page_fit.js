// Fits the screen into the window, so that the decision bar is always visible.

const LEAST_HEIGHT_PX = 560;
const BOTTOM_PX = 10;
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
    if (this.#page) Object.assign(this.#page.style, { paddingInline: "1.25rem", paddingBottom: "0" });
    window.addEventListener("resize", this.#onResize);
    this.#observer = new ResizeObserver(this.#onResize);
    this.#observer.observe(document.body);
    this.#observer.observe(host); // resizes when the sidebar opens or closes
    this.fit();
  }

  fit() {
    const scrolled = around(this.#host, SCROLLER)?.scrollTop ?? window.scrollY;
    const top = this.#host.getBoundingClientRect().top + scrolled;
    const height = Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BOTTOM_PX);
    this.#root.style.height = `${Math.floor(height)}px`;
  }

  close() {
    window.removeEventListener("resize", this.#onResize);
    this.#observer.disconnect();
    if (this.#page) Object.assign(this.#page.style, { paddingInline: "", paddingBottom: "" });
  }
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
