import { saysWho } from './says-who.ts';

saysWho({
  name: 'streamlit',
  needs: 'dashboards',
  ready: /You can now view your Streamlit app/,
  forged: {
    headers: { 'X-Forwarded-User': 'ceo', 'X-Forwarded-Email': 'ceo@example.com', 'X-Dashgate-Resources': '_all_' },
  },
  granted: 'Granted: marketing',
  believed: 'ceo',
});
