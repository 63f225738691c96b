import { type DeniedView, denied } from './denied.ts';
import { type FailureView, failure } from './failure.ts';
import { type HandoffView, handoff } from './handoff.ts';
import { type LandingView, landing } from './landing.ts';
import { type Brand, layout } from './layout.ts';
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
export type { HandoffProblem } from './handoff.ts';
export type { LandingView } from './landing.ts';
export type { Brand } from './layout.ts';
export { LOGIN_FIELDS, type LoginProblem, type LoginView } from './login.ts';
export type { LogoutView } from './logout.ts';
export {
  COOKIES_FIELD,
  LOGIN_PATH,
  LOGOUT_FIELDS,
  LOGOUT_PATH,
  providerPath,
  SESSIONS_FIELDS,
  SESSIONS_PATH,
  SIGNED_IN_PATH,
  START_FIELDS,
  TOKENS_FIELDS,
  TOKENS_PATH,
} from './parts.ts';
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
  prove(view: ProveView): string;
  denied(view: DeniedView): string;
  handoff(view: HandoffView): string;
  failure(view: FailureView): string;
  providerProblem(view: ProviderProblemView): string;
  onward(view: OnwardView): string;
}

export const createPages = (brand: Brand): Pages => ({
  login: (view) => layout(brand, login(view)),
  logout: (view) => layout(brand, logout(view)),
  signedOut: (view) => layout(brand, signedOut(view)),
  signedIn: (script) => layout(brand, signedIn(script)),
  landing: (view) => layout(brand, landing(view)),
  sessions: (view) => layout(brand, sessions(view)),
  tokens: (view) => layout(brand, tokens(view)),
  noTokens: (name) => layout(brand, noTokens(name)),
  prove: (view) => layout(brand, prove(view)),
  denied: (view) => layout(brand, denied(view)),
  handoff: (view) => layout(brand, handoff(view)),
  failure: (view) => layout(brand, failure(view)),
  providerProblem: (view) => layout(brand, providerProblem(view)),
  onward: (view) => layout(brand, onward(view)),
});
