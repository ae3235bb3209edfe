// Talks to the review routes. Every failure becomes an ApiError with one sentence for the reviewer.

const TIMEOUT_MS = 15_000;
const LOOK_MS = 2_000;

export class ApiError extends Error {
  /**
   * @param {string} sentence
   * @param {number} status of the HTTP answer; 0 where none came
   */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
    /** Whether the same request may succeed later by itself. */
    this.retryable = status === 0 || status >= 500;
  }
}

/**
 * The sentence of anything that was thrown.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The HTTP status of a failed request; -1 for an error that is not of a request.
 * @param {unknown} error
 */
export function statusOf(error) {
  return error instanceof ApiError ? error.status : -1;
}

export class Api {
  #base;
  #token;

  /**
   * @param {string} base address of the review routes
   * @param {string} token of the reviewer
   */
  constructor(base, token) {
    this.#base = base;
    this.#token = token;
  }

  /**
   * Streamlit passes a fresh token with every rerun.
   * @param {string} token
   */
  renew(token) {
    this.#token = token;
  }

  /** Whether the server responds, with any status. */
  async answers() {
    try {
      await this.#request("/manual", {}, LOOK_MS);
      return true;
    } catch (error) {
      return statusOf(error) > 0;
    }
  }

  /**
   * The JSON answer to a GET; the caller names its type, which the route promises.
   * @param {string} path
   * @returns {Promise<any>}
   */
  async json(path) {
    return (await this.#request(path)).json();
  }

  /** @param {string} path */
  async bytes(path) {
    return (await this.#request(path)).arrayBuffer();
  }

  /**
   * The JSON answer to a POST.
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  async post(path, body) {
    const response = await this.#request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   */
  async #request(path, options = {}, timeout = TIMEOUT_MS) {
    let response;
    try {
      response = await fetch(this.#base + path, {
        ...options,
        headers: { ...options.headers, Authorization: `Bearer ${this.#token}` },
        cache: "no-store",
        credentials: "same-origin",
        signal: AbortSignal.timeout(timeout),
      });
    } catch (error) {
      const late = error instanceof DOMException && error.name === "TimeoutError";
      throw new ApiError(late ? "The server has not answered for 15 seconds." : "The server cannot be reached.", 0);
    }
    if (!response.ok) throw new ApiError(await reasonOf(response), response.status);
    return response;
  }
}

/** @param {Response} response */
async function reasonOf(response) {
  try {
    const body = await response.json();
    if (typeof body.error === "string") return body.error;
  } catch {
    // A response that is not JSON has no sentence to show.
  }
  return `The server answered ${response.status} without a reason.`;
}
