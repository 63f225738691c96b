import type { App } from '../access/app.ts';

/** What a kind of dashboard needs in front of it, beside what the configuration says. */
export interface AppKind {
  readonly manners: Manners;
  /**
   * Whether a request asks for nobody's name, unless a rule of the configuration guards its path.
   * @param ownPath - decoded, from the app's own root: begins with `/`
   */
  isOpen(method: string, ownPath: string): boolean;
  /**
   * Whether all of its pages need what is at a path, so that it is for whoever may open one of them.
   * @param ownPath - as above
   */
  isShared(method: string, ownPath: string): boolean;
  /**
   * Whether its pages ask for this path again and again by themselves, so that it says nothing of a person who uses them.
   * @param ownPath - as above
   */
  isPoll(method: string, ownPath: string): boolean;
  /**
   * Whether only its body tells a request of a person from one that a page makes by itself.
   * @param ownPath - as above
   */
  tellsUseByBody(method: string, ownPath: string): boolean;
  /** How its programs are spoken to; `null`: as everywhere. */
  readonly voice: Voice | null;
  /** Paths whose answer {@link AppKind.rewrite} may change: a front has to send these through the proxy way. */
  readonly rewritten: readonly string[];
  /**
   * @returns what changes the body of a 200, `null` where it passes as it is. It throws for a body that it does not understand
   */
  rewrite(app: App, method: string, ownPath: string): ((body: string) => string) | null;
  /** Whether credentials are refused where the configuration asks for none. */
  refusesCredentials(app: App, ownPath: string, authorization: string): boolean;
  /**
   * How it is told to take assertions for its users; absent: it has no setting for that.
   * @returns `null` where they come in a way that it does not read
   */
  takesAssertions?(asserted: Asserted): Settings | null;
}

/** What a reader of the assertions of an app has to know. */
export interface Asserted {
  readonly issuer: string;
  /** The app's name. */
  readonly audience: string;
  /** Where the keys are. */
  readonly keys: string;
  /** They come as `Authorization: Bearer`, not in `X-Dashgate-Assertion`. */
  readonly isBearer: boolean;
}

/** Lines of a file of the dashboard's own. */
export interface Settings {
  readonly file: string;
  readonly lines: readonly string[];
}

/** How a kind behaves behind a proxy, for those who set it up. */
export interface Manners {
  /** What people call it. */
  readonly title: string;
  /** What its pages are called at, from its own root. */
  readonly pages: string;
  /** What pages call by themselves. */
  readonly calls: string;
  /** Empty: none. */
  readonly sockets: string;
  /** Below a path of ours: whether it wants to see that path, and how it is told of it. */
  readonly below: Below;
  /** What else it has to be told for working behind a proxy; empty: nothing. */
  readonly behind: string;
  /** What its open page does once its session is over: calls get 401 and sockets are closed. */
  readonly afterEnd: string;
}

export interface Below {
  /** `kept`: the path goes upstream as it came. `stripped`: the dashboard is asked as if it stood at the root. */
  readonly path: 'kept' | 'stripped' | 'either';
  /** By which setting of the dashboard; empty: it needs none. */
  readonly by: string;
}

/** How the programs of a kind are spoken to, so that they understand what they know from the server itself. */
export interface Voice {
  /** Whether only programs ask for this path: they are never sent to a login page. */
  isForPrograms(ownPath: string): boolean;
  /** In `WWW-Authenticate`, unless the configuration names another. */
  readonly realm: string;
  readonly contentType: string;
  /** The body of a refusal, for what dashgate has to say. */
  body(status: number, sentence: string): string;
}
