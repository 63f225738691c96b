/** An answer without a body, whose `Date` is that of now each time. */
export interface DatedAnswer {
  readonly length: number;
  text(): string;
}

const BEGIN = 'HTTP/1.1 200 ';
const END = '\r\n\r\n';
const DATE = '\r\nDate: ';
/** `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7) */
const DATE_LENGTH = 29;

/** @returns `null` for what is not one whole 200 without a body */
export function datedAnswer(written: string): DatedAnswer | null {
  const isOne = written.startsWith(BEGIN) && written.indexOf(END) === written.length - END.length;
  const at = written.indexOf(DATE) + DATE.length;
  const before = written.slice(0, at);
  const after = written.slice(at + DATE_LENGTH);
  if (!isOne || at < DATE.length || !after.startsWith('\r\n') || /\r\nConnection: close\r\n/i.test(written))
    return null;
  let ofSec = 0;
  let text = '';
  return {
    length: 2 * written.length,
    text() {
      const nowSec = Math.floor(Date.now() / 1000);
      if (nowSec !== ofSec) {
        text = before + new Date(nowSec * 1000).toUTCString() + after;
        ofSec = nowSec;
      }
      return text;
    },
  };
}
