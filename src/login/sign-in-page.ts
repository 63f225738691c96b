import type { Request } from 'express';
import { openPlaces } from '../access/open-places.ts';
import { allowFormTo } from '../http/security-headers.ts';
import type { Finding } from '../identity/authenticate.ts';
import { type Identity, ownerOf } from '../identity/identity.ts';
import { isLabel } from '../identity/modes/label.ts';
import { type Arrived, type Desk, keepAlive, returnTarget } from './desk.ts';
import { goesAhead, keepFromCircling } from './go-ahead.ts';
import { leaveForSignIn, refuseTwice, signInAnew } from './handoff.ts';
import { modeShown } from './mode-choice.ts';
import { COOKIES_FIELD, type LandingView, LOGIN_FIELDS, type LoginView, startHref } from './pages/index.ts';
import { rememberedUser } from './remembered-user.ts';
import { asksForMore } from './step-up.ts';

/** Who comes to the page, and what for. */
interface Visit {
  readonly found: Finding;
  readonly returnTo: string | null;
  /** Another host sent them here, as the browser has two session cookies there. */
  readonly isTwice: boolean;
}

/** The page: the form, or for who is signed in already the way on. */
export async function showSignIn(desk: Desk, request: Request, response: Arrived): Promise<void> {
  const { origin } = response.locals.arrival;
  const visit = {
    isTwice: request.query[COOKIES_FIELD] === 'twice',
    returnTo: returnTarget(desk, request.query[LOGIN_FIELDS.returnTo], response),
    found: await desk.readSession(request.headers.cookie, origin),
  };
  if (origin !== desk.hosts.signIn && leadsToSignIn(desk, request, response, visit)) return;
  const { found } = visit;
  if (found?.kind === 'identified') await showToKnown(desk, request, response, { ...visit, found });
  else showToStranger(desk, request, response, { ...visit, found });
}

/** At the host of an app there is no form. @returns false where it was not the sign-in that was wanted */
function leadsToSignIn(desk: Desk, request: Request, response: Arrived, { found, returnTo, isTwice }: Visit): boolean {
  if (isTwice || isDuplicate(found)) refuseTwice(desk, request, response, returnTo);
  else if (found?.kind !== 'identified') {
    if (found) clearSession(desk, request, response);
    leaveForSignIn(desk, request, response, returnTo);
  } else if (returnTo === null) return false;
  // There may be a session with a newer proof at the sign-in, which is to take the place of this one.
  else if (asksForMore(desk, returnTo, found.identity)) leaveForSignIn(desk, request, response, returnTo);
  else response.redirect(302, signInAnew(desk, returnTo));
  return true;
}

type Known = Extract<Finding, { kind: 'identified' }>;

async function showToKnown(
  desk: Desk,
  request: Request,
  response: Arrived,
  { found, returnTo, isTwice }: Visit & { readonly found: Known },
): Promise<void> {
  const { identity } = found;
  await keepAlive(desk, found, request, response);
  const name = identity.name || identity.user;
  // Who has only said a name, and comes back, wants more than that gave.
  const mode = isLabel(identity) && modeShown(desk.modes, request.query[LOGIN_FIELDS.mode], null);
  const shown = { returnTo, ...(mode && { mode }) };
  if (returnTo === null) {
    const shownApps = openPlaces(desk.apps, identity);
    const hasTokens = desk.tokens !== null;
    response
      .type('html')
      .send(desk.looks.pages.landing({ name, apps: shownApps, hasTokens, ...actingOf(desk, identity) }));
  } else if (asksForMore(desk, returnTo, identity)) {
    showForm(desk, request, response, { ...shown, user: ownerOf(identity).user, notice: 'prove-again' });
  } else {
    // Who signs in beside a session means to be somebody else.
    const signedIn = { name, continueTo: returnTo };
    showForm(desk, request, response, { ...shown, user: '', signedIn, notice: isTwice ? 'cookie-twice' : null });
  }
}

function actingOf({ impersonation }: Desk, identity: Identity): Partial<Pick<LandingView, 'acting'>> {
  if (identity.act) return { acting: { actor: identity.act.name || identity.act.user } };
  return impersonation?.acting.mayAct(identity) ? { acting: 'may' } : {};
}

function showToStranger(
  desk: Desk,
  request: Request,
  response: Arrived,
  { found, returnTo, isTwice }: Visit & { readonly found: Exclude<Finding, Known> },
): void {
  if (found) clearSession(desk, request, response);
  const hasTwo = isTwice || isDuplicate(found);
  if (!hasTwo && goesAhead(desk, request, returnTo)) {
    keepFromCircling(desk, response);
    response.redirect(303, startHref(desk.own, desk.elsewhere.providers.all[0]?.id ?? '', returnTo));
    return;
  }
  const why = found?.kind === 'rejected' ? found.reason : null;
  const hasEnded = why === 'session-expired' || why === 'session-idle' || why === 'session-revoked';
  const notice = hasTwo ? 'cookie-twice' : hasEnded ? 'session-ended' : cameBack(desk, request);
  showForm(desk, request, response, { returnTo, notice });
}

const isDuplicate = (found: Finding): boolean => found?.kind === 'rejected' && found.reason === 'duplicate-cookie';

function clearSession({ cookies }: Desk, request: Request, response: Arrived): void {
  response.append('Set-Cookie', cookies.clear(request.headers.cookie, response.locals.arrival.origin));
}

/** Told where the form was sent, and the page that was to come then sent the browser back here without any cookie. */
function cameBack({ own }: Desk, { headers, query }: Request): 'no-cookie' | null {
  const isFromForm = headers.referer?.split('?', 1)[0]?.endsWith(own.login) ?? false;
  return isFromForm && headers.cookie === undefined && query[LOGIN_FIELDS.mode] === undefined ? 'no-cookie' : null;
}

/** The form, as it was last filled in here, and the ways to sign in elsewhere. */
export function showForm(
  { elsewhere, hosts, looks, modes, rules }: Desk,
  request: Request,
  response: Arrived,
  view: Pick<LoginView, 'returnTo'> & Partial<LoginView>,
): void {
  const next = view.returnTo === null ? '' : new URL(view.returnTo).origin;
  if (hosts.others.has(next)) allowFormTo(response, next);
  const { user, mode: last } = rememberedUser(request);
  const { offered, allowsBlankUser } = modes;
  const mode = modeShown(modes, request.query[LOGIN_FIELDS.mode], last);
  response.type('html').send(
    looks.pages.login({
      problem: null,
      notice: null,
      signedIn: null,
      user,
      mode,
      offered,
      allowsBlankUser,
      rememberMs: rules.rememberMs,
      providers: elsewhere.providers.all.map(({ id, name, isDown }) => ({
        id,
        name,
        mark: looks.marks.get(id),
        isDown: isDown(),
      })),
      showsForm: rules.showsForm,
      isFresh: view.notice === 'prove-again',
      ...view,
    }),
  );
}
