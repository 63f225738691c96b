const DEEPEST = 8;

/** The innermost error that is named as a cause: `fetch failed` says less than `getaddrinfo ENOTFOUND login.example.com` below it. */
export function rootCause(error: Error): Error | undefined {
  let innermost: Error | undefined;
  for (let next = error.cause, depth = 0; next instanceof Error && depth < DEEPEST; next = next.cause, depth++)
    innermost = next;
  return innermost && isAboutJson(innermost) ? new SyntaxError('it is not JSON') : innermost;
}

/** V8 shows a piece of what it could not parse, which may be a piece of a token. */
const isAboutJson = (error: Error): boolean => error instanceof SyntaxError && error.message.includes('JSON');
