import type { Scenario } from '../scenario.ts';
import { cold, direct } from './direct.ts';
import { flood } from './flood.ts';
import { frames } from './frames.ts';
import { growth } from './growth.ts';
import { messages } from './messages.ts';
import { printed } from './printed.ts';
import { large, proxy, upload } from './proxy.ts';
import { sections } from './sections.ts';
import { start } from './start.ts';
import { users } from './users.ts';
import { latency, verify } from './verify.ts';

/** In the order of the page. */
export const scenarios: readonly Scenario[] = [
  verify,
  printed,
  latency,
  direct,
  cold,
  flood,
  proxy,
  large,
  upload,
  messages,
  start,
  growth,
  users,
  sections,
  frames,
];
