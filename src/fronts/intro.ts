import { type FrontName, TITLES } from './options.ts';

/** What stands at the top, as comments. @param use - what it is, and how the front is given it */
export const intro = (front: FrontName, use: string): string[] => [
  `# dashgate behind ${TITLES[front]}: ${use}`,
  `# Printed by "dashgate init ${front}"; print it anew after a change of server, providers or apps.`,
  '',
];
