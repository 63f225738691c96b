// Says over a dashboard that whoever looks at it acts as another user, and where that is ended. dashgate puts it first into the page.
(() => {
  const { origin } = location;
  const OWN = `${origin}/_dashgate`;
  const place = document.createElement('dashgate-acting');
  const style = new CSSStyleSheet();
  // In the place of this word dashgate writes acting.css.
  style.replaceSync('STYLE');
  const root = place.attachShadow({ mode: 'closed' });
  root.adoptedStyleSheets = [style];

  /** @param {{ name: string, user: string }} who */
  const named = ({ name, user }) => name || user;
  /** @param {'p' | 'strong' | 'bdi' | 'a'} tag @param {...(string | Node)} parts */
  const make = (tag, ...parts) => {
    const made = document.createElement(tag);
    made.append(...parts);
    return made;
  };

  /** @param {{ name: string, user: string, act: { name: string, user: string }, expires_at: number, now: number }} claims */
  function show(claims) {
    const { act, expires_at: ends, now } = claims;
    const at = new Date(Date.now() + (ends - now) * 1000).toLocaleTimeString([], { timeStyle: 'short' });
    const who = make('strong', make('bdi', named(claims)));
    put(named(claims), make('bdi', named(act)), ', you act as ', who, ` until ${at}.`);
  }

  /** @param {string} who @param {...(string | Node)} parts */
  function put(who, ...parts) {
    const text = make('p', ...parts);
    text.setAttribute('role', 'status');
    const stop = make('a', 'Stop');
    const here = encodeURIComponent(location.href.slice(origin.length));
    stop.setAttribute('href', `${OWN}/impersonate?return_to=${here}`);
    stop.setAttribute('aria-label', `Stop acting as ${who}`);
    root.replaceChildren(text, stop);
    stay();
    watch.observe(document.documentElement, { childList: true });
  }

  // This page is the other user's, also while nobody says whose.
  const putUnnamed = () => place.isConnected || put('another user', 'You act as another user.');

  // Whatever the page does with its own elements, this one stays.
  const stay = () => place.isConnected || document.documentElement.append(place);
  const watch = new MutationObserver(stay);

  async function look() {
    try {
      const answer = await fetch(`${OWN}/session`, { cache: 'no-store' });
      const claims = await answer.json();
      if (claims.act) return show(claims);
      // What is told then is of a frame in a page beside this one.
      if (claims.embed) return putUnnamed();
      // Nobody acts any more: neither does what this page shows hold.
      if (answer.ok && place.isConnected) location.reload();
      watch.disconnect();
      place.remove();
    } catch {
      // dashgate is out of reach; what is shown stays.
      putUnnamed();
    }
  }

  for (const type of ['pageshow', 'focus', 'visibilitychange']) addEventListener(type, () => void look());
  void look();
})();
