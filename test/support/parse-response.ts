export interface PlainResponse {
  status: number;
  headers: Headers;
  body: string;
}

/** Takes a response's head apart. Header lines keep their order and number: `headers.getSetCookie()` has each cookie. */
export function parseHead(head: string): { status: number; headers: Headers } {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status: Number(statusLine.split(' ')[1]), headers };
}
