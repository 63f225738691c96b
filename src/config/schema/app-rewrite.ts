import * as z from 'zod';

export const rewrite = z
  .strictObject({
    location: z.boolean().prefault(false).meta({
      description:
        "In `Location`, `Content-Location` and `Refresh`: the upstream's own address, also by http where the app is public by https, becomes the public one, and its path the app's prefix.",
    }),
    cookie_path: z.boolean().prefault(false).meta({
      description: "In `Set-Cookie`: a `Path` below the upstream's path becomes one below the app's prefix.",
    }),
    cookie_domain: z.boolean().prefault(false).meta({
      description: "In `Set-Cookie`: a `Domain` that is the upstream's own host becomes the public host.",
    }),
  })
  .prefault({})
  .meta({
    description:
      'What of the addresses in answers is changed, for an upstream that knows of no other than its own. Without it they pass as they are. See docs/addresses.md.',
  });

/** `null`: nothing is changed. */
export const settleRewrite = ({ location, cookie_path, cookie_domain }: z.output<typeof rewrite>) =>
  location || cookie_path || cookie_domain ? { location, cookiePath: cookie_path, cookieDomain: cookie_domain } : null;
