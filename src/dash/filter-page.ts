import { UpstreamUnusable } from '../errors.ts';
import { isKeyed } from './value.ts';

/** As every version of Dash writes it. */
const CONFIG = /(<script id="_dash-config" type="application\/json">)(.*?)(<\/script>)/gs;

/** What Dash says of a page to those who preview links to it, by the path alone. They are not signed in. */
const PREVIEWS = /<meta (?:name="description"|property="(?:og|twitter):[^"]*")[^>]*>\s*/g;

/**
 * Takes out of a page of HTML what Dash puts into it for everybody: the layouts of all pages, for its own checks.
 * @param onRoot - told where the page says that its app is, as a browser shows it
 * @returns the page as it is where Dash did not write it
 * @throws UpstreamUnusable where Dash wrote it in a way that is not known
 */
export function filterPage(html: string, onRoot: (root: string) => void = () => {}): string {
  let found = 0;
  const filtered = html.replace(PREVIEWS, '').replace(CONFIG, (_all, open: string, text: string, close: string) => {
    found++;
    const config: unknown = JSON.parse(text);
    if (!isKeyed(config)) throw new UpstreamUnusable('the configuration of the page is not an object');
    delete config.validation_layout;
    if (typeof config.requests_pathname_prefix === 'string') onRoot(config.requests_pathname_prefix);
    config.suppress_callback_exceptions = true;
    return open + JSON.stringify(config).replaceAll('<', '\\u003c') + close;
  });
  if ((html.match(/id\s*=\s*["']?_dash-config/gi)?.length ?? 0) > found || /"?validation_layout"?\s*:/.test(filtered))
    throw new UpstreamUnusable('the configuration of the page is not where Dash writes it');
  return filtered;
}
