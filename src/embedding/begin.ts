import { setTimeout as wait } from 'node:timers/promises';
import type { Request } from 'express';
import { findApp } from '../access/app.ts';
import type { ConnectedAppConfig } from '../config/schema/config.ts';
import { BadTarget } from '../errors.ts';
import type { Refusal } from '../identity/connected/refusal.ts';
import { nowSec } from '../lib/clock.ts';
import { parseReturnTarget } from '../lib/return-target.ts';
import { parseTarget } from '../lib/target.ts';
import type { Sealed } from '../session/sessions.ts';
import { writeEmbedCookie } from './cookie.ts';
import type { Arrived, EmbedDesk } from './desk.ts';
import { isSameUser } from './embed-sessions.ts';
import { mayEmbed } from './framing.ts';

/** What a host page sent. */
export interface Given {
  readonly token: string;
  readonly target: string | undefined;
  /** The origin of the page around the frame. */
  readonly page: string;
}

export type Begun =
  | { readonly kind: 'begun'; readonly sealed: Sealed; readonly target: string; readonly setCookie: string }
  | (Refusal & { readonly host: ConnectedAppConfig | null })
  | { readonly kind: 'bad-target'; readonly host: ConnectedAppConfig | null };

/** Longer than it takes until all pages have heard that their session is over. */
const UNTIL_HEARD_MS = 1000;

/**
 * Takes a token, and begins a session of a frame, or lets one go on. Where another user had one in that browser, it is ended first,
 * and its pages have heard of that before the new cookie is there: until then they have one that opens nothing.
 * @throws StoreUnavailable, DirectoryUnavailable where that could not be found out
 */
export async function begin(
  desk: EmbedDesk,
  request: Request,
  response: Arrived,
  { token, target, page }: Given,
): Promise<Begun> {
  const { connected, embeds, sessions, clock } = desk;
  const { origin, requestId, clientAddress } = response.locals.arrival;
  // What leads nowhere uses up no token.
  const place = target === undefined ? null : placeOf(desk, target, origin);
  if (target !== undefined && !place) return { kind: 'bad-target', host: null };
  const vouched = await connected.read(token, 'embed', { request: requestId, from: clientAddress, page });
  if (vouched.kind === 'refused') return { ...vouched, host: null };
  const host = connected.find(vouched.client);
  const first = place ?? (host && firstPlace(desk, host, origin));
  if (!host || !first || !mayEmbed(host, first.app)) return { kind: 'bad-target', host };

  const found = embeds.find(request.headers.cookie, origin);
  const before = found.kind === 'absent' ? null : found.session;
  if (before && !isSameUser(before, vouched) && sessions.isLive(before)) {
    sessions.end(before);
    await sessions.confirmEnds();
    await wait(UNTIL_HEARD_MS);
  }
  const sealed = await embeds.begin(vouched, page, origin, before);
  const setCookie = writeEmbedCookie(sealed.token, Math.max(0, sealed.session.endsSec - nowSec(clock)));
  return { kind: 'begun', sealed, target: first.href, setCookie };
}

interface Place {
  readonly app: string;
  readonly href: string;
}

/** A place of one of the apps at the origin that was asked, as it will be read. */
function placeOf({ own, apps }: EmbedDesk, target: string, origin: string): Place | null {
  const href = parseReturnTarget(target, origin, own.prefix);
  if (href === null) return null;
  const { host, pathname, search } = new URL(href);
  try {
    const app = findApp(apps, parseTarget(pathname + search, host));
    return app && { app: app.name, href };
  } catch (error) {
    if (error instanceof BadTarget) return null;
    throw error;
  }
}

/** Where nothing is said: the only app that it can be. */
function firstPlace({ apps }: EmbedDesk, host: ConnectedAppConfig, origin: string): Place | null {
  const own = apps.filter((app) => app.originAt(new URL(origin).host) !== null && mayEmbed(host, app.name));
  const [app] = own;
  return app && own.length === 1 ? { app: app.name, href: origin + app.prefix } : null;
}
