/** Fetches the page's report, then listens to the websocket and the event stream where the page has a place for them. */
export const pageJs = `'use strict';
const main = document.querySelector('main');
const notice = document.querySelector('.notice');

function say(text) {
  notice.textContent = text;
  notice.hidden = text === '';
}

function text(tag, className, content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = content;
  return element;
}

async function load() {
  const answer = await fetch(main.dataset.api, { headers: { accept: 'application/json' } });
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    say('No figures (' + answer.status + '). ' + (body.error || ''));
    return;
  }
  const report = await answer.json();
  for (const kpi of report.kpis) {
    const card = text('div', 'kpi', '');
    const change = text('p', kpi.good ? 'change' : 'change bad', kpi.change + ' ');
    change.append(text('span', '', 'against last month'));
    card.append(text('p', '', kpi.label), text('p', 'value', kpi.value), change);
    document.querySelector('.kpis').append(card);
  }
  for (const plot of document.querySelectorAll('.plot')) {
    const { area, bars, table } = plot.dataset;
    if (area) keepDrawn(plot, () => drawArea(plot, report.charts[area]));
    if (bars) keepDrawn(plot, () => drawBars(plot, report.charts[bars]));
    if (table) drawTable(plot, report.tables[table]);
  }
}

function watch(value) {
  const box = value.closest('.live');
  const seen = [];
  let pause = 1000;
  const open = () => {
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/live');
    socket.onopen = () => { pause = 1000; box.classList.add('on'); };
    socket.onmessage = ({ data }) => {
      const { ordersPerHour } = JSON.parse(data);
      value.textContent = ordersPerHour;
      seen.push(ordersPerHour);
      if (seen.length > 40) seen.shift();
      drawSpark(box.querySelector('.spark'), seen);
    };
    socket.onclose = () => {
      box.classList.remove('on');
      setTimeout(open, pause);
      pause = Math.min(pause * 2, 30000);
    };
  };
  open();
}

function follow(feed) {
  new EventSource('/events').onmessage = ({ data }) => {
    const { number, model, city } = JSON.parse(data);
    // Whoever connects is told the newest, which may be one that was told before.
    if ([...feed.children].some(({ dataset }) => dataset.number === String(number))) return;
    const item = document.createElement('li');
    item.dataset.number = number;
    item.append(text('strong', '', model), text('span', '', city + ' · ' + number));
    feed.prepend(item);
    while (feed.children.length > 6) feed.lastChild.remove();
  };
}

load().catch(() => say('No figures: the dashboard does not answer.'));
const live = document.querySelector('[data-live]');
if (live) watch(live);
const feed = document.querySelector('[data-feed]');
if (feed) follow(feed);
`;
