const DEEPEST = 8;

/** The innermost error that is named as a cause: `fetch failed` says less than `getaddrinfo ENOTFOUND login.example.com` below it. */
export function rootCause(error: Error): Error | undefined {
  let innermost: Error | undefined;
  for (let next = error.cause, depth = 0; next instanceof Error && depth < DEEPEST; next = next.cause, depth++)
    innermost = next;
  return innermost;
}
