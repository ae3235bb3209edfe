// Talks to the review routes. Every failure becomes an ApiError with one sentence for the reviewer.

const TIMEOUT_MS = 15_000;
const LOOK_MS = 2_000;

export class ApiError extends Error {
  /** `status` is 0 where no answer came; `retryable` says whether the same request may succeed later by itself. */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
    this.retryable = status === 0 || status >= 500;
  }
}

export class Api {
  #base;
  #token;

  constructor(base, token) {
    this.#base = base;
    this.#token = token;
  }

  /** Streamlit hands out a fresh token with every rerun. */
  renew(token) {
    this.#token = token;
  }

  /** Whether the server answers at all, whatever it says. */
  async answers() {
    try {
      await this.#request("/manual", {}, LOOK_MS);
      return true;
    } catch (error) {
      return error.status > 0;
    }
  }

  async json(path) {
    return (await this.#request(path)).json();
  }

  async bytes(path) {
    return (await this.#request(path)).arrayBuffer();
  }

  async post(path, body) {
    const response = await this.#request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.json();
  }

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
      const sentence =
        error.name === "TimeoutError" ? "The server has not answered for 15 seconds." : "The server cannot be reached.";
      throw new ApiError(sentence, 0);
    }
    if (!response.ok) throw new ApiError(await sentenceOf(response), response.status);
    return response;
  }
}

async function sentenceOf(response) {
  try {
    const body = await response.json();
    if (typeof body.error === "string") return body.error;
  } catch {
    return `The server answered ${response.status} without a reason.`;
  }
  return `The server answered ${response.status} without a reason.`;
}

/** A token that makes a decision count once, however often it is sent. */
export function idempotencyToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
