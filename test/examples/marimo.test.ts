import { saysWho } from './says-who.ts';

saysWho({
  name: 'marimo',
  needs: 'dashboards',
  ready: /URL: http/,
  forged: { headers: { 'X-Dashgate-User': 'ceo', 'X-Dashgate-Resources': '_all_' } },
  granted: 'Granted: marketing',
  believed: 'ceo',
});
