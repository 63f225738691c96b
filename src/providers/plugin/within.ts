/** It took too long. */
export class Late extends Error {}

/** Waits so long for something that others wrote, which may throw at once, later or never end. @throws Late */
export async function within<T>(ms: number, task: () => T | Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Late(`no answer in ${ms} ms`)), ms);
  try {
    return await Promise.race([late, (async () => task())()]);
  } finally {
    clearTimeout(timer);
  }
}
