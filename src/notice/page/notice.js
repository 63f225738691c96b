// Says over a dashboard that its session has ended, or is about to, and lets the page go on once the same user is signed in again.
// dashgate puts it first into the page. What the page or another window tells it is a reason to ask dashgate, and never believed.
(() => {
  const { origin, host } = location;
  const OWN = `${origin}/_dashgate`;
  const SIGN_IN = `${OWN}/login?return_to=${OWN}/signed-in`;

  const send = window.fetch;
  const channel = new BroadcastChannel('dashgate');
  // Whose page this is: the first who was signed in while it was open.
  let owner = '';
  let isOver = false;
  let isAsking = false;
  let asked = 0;
  // The most time that was ever left, in seconds: warnings come in its last quarter.
  let most = 0;
  let timer = 0;

  /** @param {number} sec */
  const lookIn = (sec) => {
    clearTimeout(timer);
    timer = setTimeout(look, sec * 1000);
  };
  // Once in two seconds at most.
  const soon = () => lookIn(Math.max(0, asked + 2 - Date.now() / 1000));
  // Something happened that the end of the session may be behind. Once it has ended, more of it is no news.
  const hint = () => isOver || soon();
  const tell = () => channel.postMessage(0);

  /** @param {RequestInit} [how] */
  async function look(how) {
    lookIn(isAsking ? 1 : 60);
    if (isAsking) return;
    isAsking = true;
    asked = Date.now() / 1000;
    try {
      const signal = AbortSignal.timeout(2e4);
      const answer = await send.call(window, `${OWN}/session`, { cache: 'no-store', signal, ...how });
      if (answer.ok) goOn(await answer.json());
      else if (answer.status === 401) end();
    } catch {
      // dashgate is out of reach: nobody knows, and the page is left as it is.
    }
    isAsking = false;
  }

  function end() {
    if (!owner || isOver) return;
    isOver = true;
    tell();
    // After some tries its client waits for a click.
    for (const each of shown()) each.on_event('connection_lost', (_, event) => (lost = event));
    show(
      'Your session has ended',
      mustReload()
        ? 'Sign in again. The page must then be loaded anew, without what you entered.'
        : 'Sign in again to go on from here.',
      signIn(),
      button('Not now', shrink),
    );
  }

  /** @param {{ sub: string, now: number, expires_at: number, ends_unless_used_at: number, embed?: object }} claims */
  function goOn({ sub, now, expires_at, ends_unless_used_at: ends, embed }) {
    // A frame in a page at the same site was answered for: of this page that says nothing.
    if (embed) return;
    // Where somebody signed in in this window, the others may be somebody else's.
    if (!owner) tell();
    owner ||= sub;
    // Nothing of this page may become somebody else's.
    if (sub !== owner) {
      isOver = true;
      show('Somebody else has signed in', 'This page is another user’s, and is loaded anew.');
      setTimeout(reload, 5000);
      return;
    }
    if (isOver && mustReload()) return reload();
    const wasOver = isOver;
    isOver = false;
    if (wasOver) {
      lost?.reconnect();
      // Others wait for a sign that the network is back.
      dispatchEvent(new Event('online'));
    }
    const left = ends - now;
    most = Math.max(most, left);
    const lead = Math.min(120, most / 4);
    lookIn(Math.max(1, left > lead ? Math.min(left - lead, document.hidden ? 86_400 : 60) : left));
    if (left > lead) return hide();
    const at = new Date(Date.now() + left * 1000).toLocaleTimeString([], { timeStyle: 'short' });
    const isIdle = ends < expires_at;
    show(
      isIdle ? 'Are you still there?' : 'Time is nearly up',
      `Your session ends at ${at}, ${isIdle ? 'unless you stay' : 'used or not'}.`,
      isIdle ? button('Stay signed in', renew) : signIn(),
      button('Later', shrink),
    );
  }

  const reload = () => location.reload();
  const renew = () => look({ method: 'POST', headers: { 'Content-Type': 'application/json' } }).then(tell);

  /**
   * What Bokeh keeps for its own client and for Panel's.
   * @typedef {{ config?: { reconnect_session?: boolean }, on_event: (name: string, act: (document: unknown, event: Lost) => void) => void }} Shown
   * @typedef {{ reconnect: () => void }} Lost
   */
  /** @type {() => Shown[]} */
  const shown = () => Reflect.get(window, 'Bokeh')?.documents ?? [];
  /** @type {Lost | undefined} */
  let lost;
  // Shiny, Voila, and Panel without `reconnect` open no second connection; Bokeh's server takes one for 300 s after the page.
  const mustReload = () =>
    'Shiny' in window ||
    document.querySelector('script[src*="/voila/"]') ||
    shown().some(({ config }) => !config?.reconnect_session || performance.now() > 29e4);

  /**
   * @template {keyof HTMLElementTagNameMap} Name
   * @param {Name} name
   * @param {Partial<HTMLElementTagNameMap[Name]>} [more]
   */
  const make = (name, more) => Object.assign(document.createElement(name), more);
  const place = document.createElement('dashgate-notice');
  const title = make('h2', { id: 'title' });
  const text = make('p', { id: 'text' });
  const row = make('div');
  const dialog = make('dialog', {
    oncancel(event) {
      event.preventDefault();
      shrink();
    },
  });
  dialog.setAttribute('role', 'alertdialog');
  dialog.setAttribute('aria-labelledby', 'title');
  dialog.setAttribute('aria-describedby', 'text');
  dialog.append(title, text, row);

  /** @param {string} head @param {string} words @param {HTMLElement[]} buttons */
  function show(head, words, ...buttons) {
    if (dialog.open && title.textContent === head) return;
    hide();
    title.textContent = head;
    text.textContent = words;
    row.replaceChildren(...buttons);
    dialog.className = '';
    document.documentElement.append(place);
    dialog.showModal();
  }
  function hide() {
    dialog.close();
    place.remove();
  }
  // Out of the way, for who wants to see the page first.
  function shrink() {
    dialog.close();
    dialog.className = 'small';
    dialog.show();
  }
  /** @param {string} textContent @param {() => void} onclick */
  const button = (textContent, onclick) => make('button', { textContent, onclick });
  // Where no window may be opened beside the page, the link opens a tab.
  const signIn = () =>
    make('a', {
      textContent: 'Sign in again',
      href: SIGN_IN,
      target: '_blank',
      rel: 'noopener',
      onclick(event) {
        const beside = window.open('', '_blank', 'popup,width=480,height=760');
        if (!beside) return;
        event.preventDefault();
        // Whatever page of a provider comes there shall have no hold on this one.
        beside.opener = null;
        beside.location.replace(SIGN_IN);
      },
    });

  const style = new CSSStyleSheet();
  // In the place of this word dashgate writes notice.css.
  style.replaceSync('STYLE');
  const root = place.attachShadow({ mode: 'closed' });
  root.adoptedStyleSheets = [style];
  root.append(dialog);

  // What the page asks for. While the session is over nothing of it is sent, so that it cannot go on as somebody else.
  /** @param {unknown} url */
  const isOwn = (url) => make('a', { href: String(url) }).host === host;
  /** An address that is answered 404, whoever asks, in the place of the page's own. @param {string | URL} url */
  const held = (url) => (isOver && isOwn(url) ? `${OWN}/over` : url);

  window.fetch = function (...given) {
    const [what] = given;
    if (isOver && isOwn(what instanceof Request ? what.url : what))
      return Promise.resolve(Response.json({ error: 'Your session has ended.' }, { status: 401 }));
    const answer = send.apply(this, given);
    answer.then(({ status, headers }) => status === 401 && headers.has('x-dashgate-login') && hint(), hint);
    return answer;
  };
  const { open } = XMLHttpRequest.prototype;
  /** @param {[string, string | URL, ...unknown[]]} given */
  XMLHttpRequest.prototype.open = function (...[method, url, ...rest]) {
    this.addEventListener('loadend', () => {
      if (this.status === 401 && isOwn(url) && this.getResponseHeader('x-dashgate-login')) hint();
    });
    return Reflect.apply(open, this, [method, held(url), ...rest]);
  };
  const beacon = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, body) => beacon(held(url), body);
  /** @param {typeof WebSocket | typeof EventSource} kind */
  const watched = (kind) =>
    new Proxy(kind, {
      construct(made, [url, ...rest], as) {
        const link = Reflect.construct(made, [held(url), ...rest], as);
        for (const type of ['close', 'error']) link.addEventListener(type, hint);
        return link;
      },
    });
  Object.assign(window, { WebSocket: watched(WebSocket), EventSource: watched(EventSource) });

  channel.onmessage = soon;
  for (const type of ['pageshow', 'focus', 'online', 'visibilitychange']) addEventListener(type, soon);
  look();
})();
