import { saysWho } from './says-who.ts';

saysWho({
  name: 'voila',
  needs: 'dashboards',
  ready: /Voil. is running at/,
  forged: { headers: { 'X-Dashgate-User': 'ceo', 'X-Dashgate-Resources': '_all_' } },
  granted: 'Granted: marketing',
  believed: 'ceo',
});
