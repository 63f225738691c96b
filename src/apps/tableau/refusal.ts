/** What Tableau says instead of doing what it was asked to. */
export interface TableauRefusal {
  /** Of HTTP. */
  readonly status: number;
  /** Tableau's own, as `401001`; empty where it says none. */
  readonly code: string;
  /** In its words, without controls, cut short. */
  readonly detail: string;
}

const LONGEST = 300;

/**
 * Reads the error of an answer, in JSON or XML.
 * @param secrets - what is left out of it, whatever was echoed
 */
export function readRefusal(status: number, body: string, secrets: readonly string[]): TableauRefusal {
  const found = fromJson(body) ?? fromXml(body) ?? { code: '', detail: '' };
  const plain = secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '…')), found.detail);
  const detail = plain.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return {
    status,
    code: /^\d{1,10}$/.test(found.code) ? found.code : '',
    detail: detail.length > LONGEST ? `${detail.slice(0, LONGEST)}…` : detail,
  };
}

function fromJson(body: string): Pick<TableauRefusal, 'code' | 'detail'> | null {
  try {
    const { error }: { error?: { code?: unknown; summary?: unknown; detail?: unknown } } = JSON.parse(body);
    if (typeof error !== 'object' || error === null) return null;
    const texts = [error.summary, error.detail].filter((text) => typeof text === 'string');
    return { code: String(error.code ?? ''), detail: texts.join(': ') };
  } catch {
    return null;
  }
}

/** As far as a person is to read it: no parser is fed by what another server says. */
function fromXml(body: string): Pick<TableauRefusal, 'code' | 'detail'> | null {
  const code = /<error[^>]{0,200}\bcode="(\d{1,10})"/.exec(body)?.[1];
  if (code === undefined) return null;
  const texts = ['summary', 'detail'].flatMap((name) => {
    const text = new RegExp(`<${name}>([^<]{0,1000})</${name}>`).exec(body)?.[1];
    return text === undefined
      ? []
      : [text.replace(/&(lt|gt|quot|apos|amp);/g, (_all, one: string) => NAMED[one] ?? '')];
  });
  return { code, detail: texts.join(': ') };
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/** The code of a connected app's token, with which the detail of a failed sign-in ends: `… (16)`. */
export const innerCode = ({ detail }: TableauRefusal): string | null => /\((\d{1,6})\)\s*$/.exec(detail)?.[1] ?? null;

/**
 * What to do about it, in plain words, by the codes that Tableau documents (help.tableau.com, "Troubleshoot Connected Apps").
 * @returns `null` where the code is none of these
 */
export function adviceOn(refusal: TableauRefusal): string | null {
  const inner = innerCode(refusal);
  return (inner === null ? undefined : BY_INNER[inner]) ?? BY_CODE[refusal.code] ?? null;
}

const BY_INNER: Readonly<Record<string, string>> = {
  '5': 'no user has this name; case counts, and on Tableau Cloud it is the e-mail address',
  '16': 'the user is not on this site, or the token ends too far ahead; check the user name, the site, and the clock here',
  '67': 'connected apps are switched off on this server; its administrator switches them on',
  '126': 'no connected app has this client id; copy it anew from Settings, Connected Apps',
  '127': 'the connected app has no secret of this id; copy it anew, or make another secret',
  '10083': 'the token lacks kid or issuer; check the client id and the secret id',
  '10084':
    'the token could not be read by the server; check the secret value, the user name, and that the clocks agree',
  '10085': 'the secret id is not known there; copy it anew',
  '10087': 'the server takes no token that is signed in this way',
  '10089': 'no connected app has this client id; copy it anew from Settings, Connected Apps',
  '10090': 'the connected app is disabled; enable it under Settings, Connected Apps',
  '10096': 'the token lives longer than the server allows; ask for a shorter one, and check the clock here',
};

const BY_CODE: Readonly<Record<string, string>> = {
  '401000': 'the server saw no credentials; check the API version',
  '401001': 'the sign-in failed; check the site, the user name and the connected app',
  '401002': 'the API token counts no more, or the scopes of the connected app’s token do not cover this',
  '404001': 'the server does not know this address; check the API version',
  '404003': 'there is no such thing there; check the site and the API version',
  '400000': 'the request was not understood; check the API version',
};
