import { isKeyed } from './prepare.ts';

/** What the vendor's samples call it, and what it is called here. */
const NAMES = {
  TABLEAU_SERVER: 'server',
  TABLEAU_SITENAME: 'site',
  TABLEAU_RESTAPI_VERSION: 'api_version',
  TABLEAU_CA_CLIENT: 'client_id',
  TABLEAU_CA_SECRET_ID: 'secret_id',
  TABLEAU_CA_SECRET_VALUE: 'secret_value',
} as const;

/** Fills in what apps of kind tableau do not say of their connected app, where the environment names one. What is written wins. */
export function addTableauEnv(written: Record<string, unknown>, env: Record<string, string | undefined>): void {
  if (!env.TABLEAU_CA_CLIENT || !Array.isArray(written.apps)) return;
  for (const app of written.apps) {
    if (!isKeyed(app) || app.kind !== 'tableau') continue;
    const section = app.tableau_server ?? {};
    if (!isKeyed(section)) continue;
    for (const [name, key] of Object.entries(NAMES)) {
      const isSaid = section[key] !== undefined || (key === 'secret_value' && section.secret_value_file !== undefined);
      if (!isSaid && env[name]) section[key] = env[name];
    }
    app.tableau_server = section;
  }
}
