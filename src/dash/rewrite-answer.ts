import type { Head } from '../proxy/answer-head.ts';
import type { Rewrite, Substitute } from '../proxy/rewrite.ts';

interface How {
  /** Whether the answer is made anew whatever its type: FastAPI says none for JSON. */
  readonly always: boolean;
  readonly isHead: boolean;
}

/** What stays of the head of an answer whose body does not. */
const OF_AN_ERROR = new Set(['set-cookie', 'retry-after', 'allow', 'date']);

/** What becomes of an app's answer: made anew, passed as it is, or, where it failed, left unsaid. A traceback holds data. */
export function rewriteWith(
  part: Pick<Rewrite, 'make' | 'mostBytes' | 'budget'> & Partial<Rewrite>,
  { always, isHead }: How,
): Rewrite {
  return {
    headers: { 'cache-control': 'no-store', ...(always ? { 'content-type': 'application/json' } : {}) },
    choose(answer) {
      const { statusCode } = answer;
      if (statusCode >= 400) return failed(statusCode);
      if (statusCode === 206 || statusCode < 200) return failed(502);
      if (statusCode === 204 || statusCode === 304) return 'pass';
      if (statusCode >= 300 || isHead) return EMPTY;
      if (always && statusCode !== 200) return failed(502);
      return always || isHtml(answer) ? 'make' : 'pass';
    },
    ...part,
  };
}

const MADE = /^$|^\s*(?:text\/html|application\/xhtml\+xml|application\/xml|text\/xml)\b/i;

/** HTML is made anew, and so is what does not say what it is. Of several types a browser goes by the last, others by the first. */
function isHtml({ rawHeaders }: Head): boolean {
  const types = rawHeaders.filter((_value, at) => at % 2 === 1 && /^content-type$/i.test(rawHeaders[at - 1] ?? ''));
  return types.length === 0 || types.some((type) => MADE.test(type));
}

const EMPTY: Substitute = { body: null, contentType: '', keeps: null };

const failed = (status: number): Substitute => ({
  status,
  body: JSON.stringify({ error: `The dashboard answered ${status}.` }),
  contentType: 'application/json; charset=utf-8',
  keeps: OF_AN_ERROR,
});
