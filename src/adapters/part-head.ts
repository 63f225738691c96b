/** A head, less what is new in each question. */
export interface PartedHead {
  /** All of it but the id. */
  readonly rest: string;
  /** `null`: it has none that would be taken over. */
  readonly id: string | null;
  /** It has an `Authorization`. */
  readonly isSecret: boolean;
}

/** A front names each question anew, by an id that nothing hangs on. */
const ID_NAMES = ['\r\nX-Request-Id: ', '\r\nx-request-id: '];
const SECRET_NAMES = ['\r\nAuthorization: ', '\r\nauthorization: '];
/** As it is taken over: nothing in it ends a line. */
const ID = /^[A-Za-z0-9_-]{8,64}$/;

/**
 * Parts a head by lines that are spelt as fronts spell them. A line break is always the end of a line there, wherever it
 * stands: a head with the same rest is the same to any parser but for the id.
 */
export function partHead(head: string): PartedHead {
  const isSecret = SECRET_NAMES.some((name) => head.includes(name));
  for (const name of ID_NAMES) {
    const at = head.indexOf(name);
    if (at === -1) continue;
    const start = at + name.length;
    const end = head.indexOf('\r\n', start);
    const id = head.slice(start, end);
    return end !== -1 && ID.test(id)
      ? { rest: head.slice(0, start) + head.slice(end), id, isSecret }
      : { rest: head, id: null, isSecret };
  }
  return { rest: head, id: null, isSecret };
}
