import { saysWho } from './says-who.ts';

saysWho({
  name: 'shiny',
  needs: 'dashboards',
  ready: /Uvicorn running on/,
  forged: { headers: { 'Shiny-Server-Credentials': '{"user":"ceo"}', 'X-Dashgate-Resources': '_all_' } },
  granted: 'Granted: marketing',
  believed: 'ceo',
});
