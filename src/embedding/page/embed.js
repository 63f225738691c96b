// <dashgate-embed src="https://dash.example.com/sales/" token="…">: a dashboard in a page of another application, whose server makes the
// token for its own signed-in user. Events: dashgate-ready, dashgate-error {code, message}, dashgate-token-needed {expires_at}.

const OWN = '/_dashgate';
const STYLE = `
  :host { display: block; height: 600px }
  :host([hidden]) { display: none }
  iframe { display: block; width: 100%; height: 100%; border: 0 }
`;

/** Why there is no dashboard: a number is dashgate's, as Tableau has it; a word says why it could not be asked or seen. */
class Refused extends Error {
  /** @param {number | string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

class DashgateEmbed extends HTMLElement {
  static observedAttributes = ['src', 'token', 'title'];
  #frame = document.createElement('iframe');
  #call = new AbortController();
  // What the frame is to show; empty once that is over.
  #shown = '';
  #isReady = false;
  #isDue = false;
  #needed = 0;
  #late = 0;

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [style];
    this.#frame.setAttribute('part', 'frame');
    this.#frame.addEventListener('load', () => this.#onLoad());
    root.append(this.#frame);
  }

  get src() {
    return this.getAttribute('src') ?? '';
  }
  set src(url) {
    this.setAttribute('src', url);
  }
  get token() {
    return this.getAttribute('token') ?? '';
  }
  /** While the same dashboard is shown, lets it go on without loading it anew. */
  set token(token) {
    this.setAttribute('token', token);
  }

  connectedCallback() {
    addEventListener('message', this.#onMessage);
    this.attributeChangedCallback();
  }

  disconnectedCallback() {
    removeEventListener('message', this.#onMessage);
    this.#call.abort();
    clearTimeout(this.#needed);
    this.#close();
  }

  // Once for all that is set together.
  attributeChangedCallback() {
    this.#frame.title = this.title || 'Dashboard';
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      const { src, token } = this;
      if (!this.isConnected || !src || !token) return;
      // It is good for one use.
      this.removeAttribute('token');
      this.#signIn(src, token).catch((error) => this.#fail(error));
    });
  }

  /** @param {string} src @param {string} token */
  async #signIn(src, token) {
    this.#call.abort();
    this.#call = new AbortController();
    const { signal } = this.#call;
    const { target, expires_at, now } = await this.#ask(new URL(src, document.baseURI), token, signal);
    if (signal.aborted) return;
    const left = Math.max(0, expires_at - now);
    clearTimeout(this.#needed);
    this.#needed = setTimeout(
      () => this.#tell('dashgate-token-needed', { expires_at }),
      Math.max(left / 2, left - 60) * 1000,
    );
    if (this.#shown === target) return;
    this.#close();
    this.#shown = target;
    this.#frame.src = target;
  }

  /** @param {URL} target @param {string} token @param {AbortSignal} signal */
  async #ask(target, token, signal) {
    // A script or a blob is at no server: whoever could write such a src would have the token, or the page.
    if (!/^https?:$/.test(target.protocol)) throw new Refused('unusable', 'The src is no address of a dashboard.');
    const answer = await fetch(`${target.origin}${OWN}/embed`, {
      method: 'POST',
      credentials: 'include',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, target: target.href }),
      signal,
    }).catch((error) => {
      if (signal.aborted) throw error;
      throw new Refused(
        'unreachable',
        'dashgate did not answer, or this page is not one of the domains of a connected app.',
      );
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(body.code ?? answer.status, body.error ?? 'The token was not taken.');
    if (!URL.canParse(body.target) || new URL(body.target).origin !== target.origin)
      throw new Refused('unusable', 'The answer leads away from the dashboard.');
    return body;
  }

  #close() {
    clearTimeout(this.#late);
    this.#shown = '';
    this.#isReady = false;
  }

  /** @param {MessageEvent} event */
  #onMessage = ({ source, origin, data }) => {
    if (source !== this.#frame.contentWindow || !this.#shown || origin !== new URL(this.#shown).origin) return;
    if (data?.dashgate === 'ready') {
      clearTimeout(this.#late);
      if (!this.#isReady) this.#tell('dashgate-ready', {});
      this.#isReady = true;
    } else if (data?.dashgate === 'ended') {
      // The next token loads it anew.
      this.#close();
      this.#fail(new Refused('ended', 'The session of the frame has ended. Give it a new token.'));
    }
  };

  // What dashgate puts first into each page has said that it is there before the page is loaded.
  #onLoad() {
    if (!this.#shown || this.#isReady) return;
    clearTimeout(this.#late);
    this.#late = setTimeout(() => {
      this.#close();
      this.#fail(
        new Refused(
          'not-shown',
          'No dashboard came: it does not answer, it is not open to this user, or the browser kept no cookie.',
        ),
      );
    }, 1000);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    const { code, message } = error instanceof Refused ? error : new Refused('unusable', String(error));
    this.#tell('dashgate-error', { code, message });
  }

  /** @param {string} type @param {object} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
  }
}

customElements.define('dashgate-embed', DashgateEmbed);
