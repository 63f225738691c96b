import type { OwnPaths } from '../../lib/own-paths.ts';
import { type DeniedView, denied } from './denied.ts';
import { type FailureView, failure } from './failure.ts';
import { type FrameView, frame } from './frame.ts';
import { type HandoffView, handoff } from './handoff.ts';
import { type ActingView, acting, type ImpersonateView, impersonate, mayNotAct } from './impersonate.ts';
import { type LandingView, landing } from './landing.ts';
import { type Brand, type Layout, layout } from './layout.ts';
import { type LoginView, login } from './login.ts';
import { type LogoutView, logout, type SignedOutView, signedOut } from './logout.ts';
import { type ProveView, prove } from './prove.ts';
import { type OnwardView, onward, type ProviderProblemView, providerProblem } from './provider.ts';
import { type SessionsView, sessions } from './sessions.ts';
import { signedIn } from './signed-in.ts';
import { noTokens, type TokensView, tokens } from './tokens.ts';

export { type Asset, type AssetExtension, assets, createAsset } from './assets.ts';
export type { DeniedView } from './denied.ts';
export type { FailureStatus, FailureView } from './failure.ts';
export type { FrameProblem, FrameView } from './frame.ts';
export type { HandoffProblem } from './handoff.ts';
export type { ImpersonateProblem } from './impersonate.ts';
export type { LandingView } from './landing.ts';
export type { Brand } from './layout.ts';
export { LOGIN_FIELDS, type LoginProblem, type LoginView } from './login.ts';
export type { LogoutView } from './logout.ts';
export {
  COOKIES_FIELD,
  IMPERSONATE_FIELDS,
  LOGOUT_FIELDS,
  SESSIONS_FIELDS,
  START_FIELDS,
  TOKENS_FIELDS,
} from './parts.ts';
export type { ProveView } from './prove.ts';
export { problemWords, startHref } from './provider.ts';
export type { ProviderMark } from './provider-marks.ts';
export type { ScopeChoice, TokenProblem, TokensView } from './tokens.ts';

/** Every page that a person sees, each from what it shows to a whole document. */
export interface Pages {
  login(view: LoginView): string;
  logout(view: LogoutView): string;
  signedOut(view: SignedOutView): string;
  /** @param script - path of the script that tells waiting pages, and closes the window */
  signedIn(script: string): string;
  landing(view: LandingView): string;
  sessions(view: SessionsView): string;
  tokens(view: TokensView): string;
  /** @param name - of who may have none */
  noTokens(name: string): string;
  impersonate(view: ImpersonateView): string;
  /** Of who acts as another user. */
  acting(view: ActingView): string;
  /** @param name - of who may not act as another user */
  mayNotAct(name: string): string;
  prove(view: ProveView): string;
  denied(view: DeniedView): string;
  handoff(view: HandoffView): string;
  /** What stands in a frame of another application's page in place of a dashboard. */
  frame(view: FrameView): string;
  failure(view: FailureView): string;
  providerProblem(view: ProviderProblemView): string;
  onward(view: OnwardView): string;
}

export function createPages(own: OwnPaths, brand: Brand): Pages {
  const page = (content: Layout): string => layout(own, brand, content);
  return {
    login: (view) => page(login(own, view)),
    logout: (view) => page(logout(own, view)),
    signedOut: (view) => page(signedOut(own, view)),
    signedIn: (script) => page(signedIn(own, script)),
    landing: (view) => page(landing(own, view)),
    sessions: (view) => page(sessions(own, view)),
    tokens: (view) => page(tokens(own, view)),
    noTokens: (name) => page(noTokens(own, name)),
    impersonate: (view) => page(impersonate(own, view)),
    acting: (view) => page(acting(own, view)),
    mayNotAct: (name) => page(mayNotAct(own, name)),
    prove: (view) => page(prove(own, view)),
    denied: (view) => page(denied(view)),
    handoff: (view) => page(handoff(view)),
    frame: (view) => page(frame(view)),
    failure: (view) => page(failure(view)),
    providerProblem: (view) => page(providerProblem(own, view)),
    onward: (view) => page(onward(view)),
  };
}
