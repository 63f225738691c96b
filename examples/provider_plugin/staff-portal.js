/**
 * A provider that no type of dashgate knows: the portal of a company that speaks OAuth 2.0, has no ID tokens, and tells who somebody
 * is in words of its own at /api/me: { "staff_no": 4711, "full_name": "Mica Öz", "mail": "mica@example.com", "units": ["finance"] }
 *
 * @type {import('dashgate/provider').ProviderPlugin<{ portal: string }>}
 */
const staffPortal = {
  interfaceVersion: 1,

  read(given, refuse) {
    for (const key of Object.keys(given)) if (key !== 'portal') refuse('there is no such key; known here: portal', key);
    const { portal } = given;
    if (typeof portal === 'string' && URL.canParse(portal)) return { portal: portal.replace(/\/$/, '') };
    refuse('is no address; write where the portal is, as https://staff.example.com', 'portal');
    return { portal: '' };
  },

  open({ id, issuer, options: { portal } }, { codeFlow }) {
    return codeFlow({
      server: {
        known: { issuer, authorization_endpoint: `${portal}/authorize`, token_endpoint: `${portal}/token` },
      },
      hasIdToken: false,
      async claims(_said, api) {
        const me = await api.ask(`${portal}/api/me`);
        const { staff_no, full_name, mail, units } = Object(me?.value);
        // Never the address, which may pass to somebody else. What is thrown signs nobody in, and is logged.
        if (!Number.isSafeInteger(staff_no)) throw new Error(`${id}: /api/me does not say who somebody is`);
        // Addresses in this portal are given out by the company, so they count.
        return { sub: String(staff_no), name: full_name, email: mail, email_verified: true, groups: units };
      },
    });
  },
};

export default staffPortal;
