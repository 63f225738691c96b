// Keeps a page in a frame to the session that it was loaded by: what it asks for says so, and when that session is over nothing of
// it stays to be seen. dashgate puts it first into the page. What it is told is a reason to ask dashgate, or to end, and no more.
(() => {
  const { origin, host } = location;
  const OWN = `${origin}/_dashgate`;
  const { mark = '', page = '', left = '0' } = document.currentScript?.dataset ?? {};
  const NAME = 'dashgate-embed';
  const KEY = Symbol.for(NAME);

  const send = window.fetch;
  const Socket = WebSocket;
  let isOver = false;
  let isAsking = false;
  let asked = 0;
  let endsAt = Date.now() + Number(left) * 1000;
  let timer = 0;
  let rest = 1;

  // Within a page of the same dashboard, whose frame this is.
  let isInner = false;
  try {
    isInner = parent !== window && parent.location.host === host;
  } catch {
    // The page of another application.
  }
  /** @param {string} state */
  const tell = (state) => isInner || parent.postMessage({ dashgate: state }, page);

  function end() {
    if (isOver) return;
    isOver = true;
    tell('ended');
    document.documentElement.replaceChildren();
    location.replace(`${OWN}/embed/ended`);
  }

  async function look() {
    if (isAsking || isOver) return;
    isAsking = true;
    asked = Date.now();
    try {
      const signal = AbortSignal.timeout(1e4);
      const headers = { 'X-Dashgate-Embed': mark };
      const answer = await send.call(window, `${OWN}/session`, { cache: 'no-store', signal, headers });
      if (answer.status === 401 || answer.status === 403) end();
      else if (answer.ok) {
        const { expires_at, now } = await answer.json();
        endsAt = Date.now() + (expires_at - now) * 1000;
      }
    } catch {
      // Out of reach: it lasts for as long as was said.
    }
    isAsking = false;
    if (Date.now() >= endsAt) end();
    else lookIn(Math.min(endsAt - Date.now(), 6e4));
  }
  /** @param {number} ms */
  const lookIn = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(look, ms);
  };
  const soon = () => isOver || lookIn(Math.max(0, asked + 2000 - Date.now()));

  // dashgate closes it by 4401 when the session ends, at once.
  function watch() {
    const link = new Socket(`${OWN.replace('http', 'ws')}/embed/watch?${NAME}=${mark}`);
    link.onopen = () => {
      rest = 1;
    };
    link.onclose = ({ code }) => {
      if (code === 4401) return end();
      rest = Math.min(60, rest * 2);
      setTimeout(watch, rest * 1000);
      soon();
    };
  }

  /** @param {unknown} url */
  const ownOf = (url) => {
    const found = URL.parse(String(url), document.baseURI);
    return found?.host === host ? found : null;
  };
  /** With the mark, where no header can be set; once it is over an address behind which nothing is. @param {string | URL} url */
  const marked = (url) => {
    const own = ownOf(url);
    if (!own) return url;
    if (isOver) return `${OWN}/over`;
    own.search += `${own.search ? '&' : '?'}${NAME}=${mark}`;
    return own.href;
  };

  window.fetch = function (...given) {
    const [what, how] = given;
    if (!ownOf(what instanceof Request ? what.url : what)) return send.apply(this, given);
    if (isOver) return Promise.resolve(Response.json({ error: 'This view has ended.' }, { status: 401 }));
    const request = new Request(what, how);
    request.headers.set('X-Dashgate-Embed', mark);
    const answer = send.call(this, request);
    answer.then(({ status }) => status === 401 && soon(), soon);
    return answer;
  };
  const { open, send: sendOff } = XMLHttpRequest.prototype;
  /** @type {WeakSet<XMLHttpRequest>} */
  const ours = new WeakSet();
  /** @param {[string, string | URL, ...unknown[]]} given */
  XMLHttpRequest.prototype.open = function (...[method, url, ...more]) {
    if (ownOf(url)) ours.add(this);
    else ours.delete(this);
    return Reflect.apply(open, this, [method, isOver ? marked(url) : url, ...more]);
  };
  /** @param {XMLHttpRequestBodyInit | Document | null} [body] */
  XMLHttpRequest.prototype.send = function (body) {
    if (ours.has(this)) {
      this.setRequestHeader('X-Dashgate-Embed', mark);
      this.addEventListener('loadend', () => {
        if (this.status === 401) soon();
      });
    }
    return sendOff.call(this, body);
  };
  const beacon = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (url, body) => beacon(marked(url), body);
  /** @param {typeof WebSocket | typeof EventSource} kind */
  const watched = (kind) =>
    new Proxy(kind, {
      construct(made, [url, ...more], as) {
        const link = Reflect.construct(made, [marked(url), ...more], as);
        for (const type of ['close', 'error']) link.addEventListener(type, soon);
        return link;
      },
    });
  Object.assign(window, { WebSocket: watched(WebSocket), EventSource: watched(EventSource) });

  for (const type of ['pageshow', 'focus', 'online']) addEventListener(type, soon);
  for (const type of ['resume', 'visibilitychange']) document.addEventListener(type, soon);
  Object.defineProperty(window, KEY, { value: mark });
  const around = isInner ? Reflect.get(parent, KEY) : mark;
  if (around !== mark) return end();
  lookIn(Math.min(endsAt - Date.now(), 6e4));
  watch();
  tell('ready');
})();
