/** Draws a chart into an element, and again when its width changes. No library: three shapes are all that is needed. */
export const chartsJs = `'use strict';
const SVG = 'http://www.w3.org/2000/svg';

function shape(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function canvas(parent, width, height, label) {
  const svg = shape(parent, 'svg', { width, height, viewBox: '0 0 ' + width + ' ' + height });
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  }
  return svg;
}

const digits = new Intl.NumberFormat('en');

/** A round step, so that about four lines cross the chart. */
function stepOf(range) {
  const rough = range / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
}

function drawArea(plot, chart) {
  const width = plot.clientWidth, height = 230, left = 44, right = 10, top = 14, bottom = 26;
  const values = chart.series.flatMap((series) => series.values);
  const step = stepOf((Math.max(...values) - Math.min(...values)) * 1.3);
  const low = Math.max(0, Math.floor(Math.min(...values) / step - 0.4) * step);
  const high = Math.ceil(Math.max(...values) / step) * step;
  const x = (at) => left + ((width - left - right) * at) / (chart.labels.length - 1);
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const last = chart.series.map((series) => series.name + ' ' + digits.format(series.values.at(-1))).join(', ');
  const svg = canvas(plot, width, height, 'Last 12 months, ' + chart.unit + '. Latest: ' + last);
  for (let value = low; value <= high + step / 2; value += step) {
    shape(svg, 'line', { class: 'grid', x1: left, x2: width - right, y1: y(value), y2: y(value) });
    shape(svg, 'text', { class: 'tick', x: left - 8, y: y(value) + 4, 'text-anchor': 'end' }, digits.format(value));
  }
  const every = width < 440 ? 3 : 1;
  chart.labels.forEach((label, at) => {
    if ((chart.labels.length - 1 - at) % every === 0)
      shape(svg, 'text', { class: 'tick', x: x(at), y: height - 6, 'text-anchor': at === chart.labels.length - 1 ? 'end' : 'middle' }, label);
  });
  chart.series.forEach((series, s) => {
    const path = 'M' + series.values.map((value, at) => x(at).toFixed(1) + ' ' + y(value).toFixed(1)).join('L');
    if (s === 0) shape(svg, 'path', { class: 'under', d: path + 'L' + x(series.values.length - 1) + ' ' + y(low) + 'L' + left + ' ' + y(low) + 'Z' });
    shape(svg, 'path', { class: 'line s' + s, d: path });
  });
  const cross = shape(svg, 'line', { class: 'cross', y1: top, y2: height - bottom, visibility: 'hidden' });
  const tip = shape(svg, 'text', { class: 'tip', y: 10, 'text-anchor': 'middle' });
  svg.addEventListener('pointermove', (event) => {
    const at = Math.round(((event.clientX - svg.getBoundingClientRect().left - left) / (width - left - right)) * (chart.labels.length - 1));
    if (at < 0 || at >= chart.labels.length) return;
    cross.setAttribute('x1', x(at));
    cross.setAttribute('x2', x(at));
    cross.setAttribute('visibility', 'visible');
    tip.setAttribute('x', Math.min(Math.max(x(at), left + 80), width - 90));
    tip.textContent = chart.labels[at] + ': ' + chart.series.map((series) => series.name + ' ' + digits.format(series.values[at])).join(', ');
  });
  svg.addEventListener('pointerleave', () => {
    cross.setAttribute('visibility', 'hidden');
    tip.textContent = '';
  });
  const legend = document.createElement('div');
  legend.className = 'legend';
  chart.series.forEach((series, s) => {
    const item = document.createElement('span');
    const swatch = document.createElement('i');
    swatch.className = 's' + s;
    item.append(swatch, series.name);
    legend.append(item);
  });
  legend.append('in ' + chart.unit);
  plot.append(legend);
}

function drawBars(plot, chart) {
  const width = plot.clientWidth, row = 50, values = chart.series[0].values;
  const most = Math.max(...values);
  const svg = canvas(plot, width, row * values.length, chart.labels.map((label, at) => label + ' ' + digits.format(values[at])).join(', '));
  values.forEach((value, at) => {
    const top = at * row;
    shape(svg, 'text', { class: 'bar-label', x: 0, y: top + 14 }, chart.labels[at]);
    shape(svg, 'text', { class: 'bar-value', x: width, y: top + 14, 'text-anchor': 'end' }, digits.format(value));
    shape(svg, 'rect', { class: 'track', x: 0, y: top + 22, width, height: 10, rx: 5 });
    shape(svg, 'rect', { class: 'block', x: 0, y: top + 22, width: Math.max(10, (width * value) / most), height: 10, rx: 5 });
  });
}

function drawTable(plot, table) {
  const element = document.createElement('table');
  const fill = (parent, tag, cells) => {
    const row = parent.insertRow();
    for (const text of cells) {
      const cell = document.createElement(tag);
      if (tag === 'th') cell.scope = 'col';
      cell.textContent = text;
      row.append(cell);
    }
  };
  fill(element.createTHead(), 'th', table.columns);
  const body = element.createTBody();
  for (const cells of table.rows) fill(body, 'td', cells);
  plot.tabIndex = 0;
  plot.append(element);
}

function drawSpark(svg, values) {
  const width = svg.clientWidth, height = svg.clientHeight, low = Math.min(...values) - 2, high = Math.max(...values) + 2;
  svg.replaceChildren();
  if (values.length < 2) return;
  const points = values.map((value, at) => ((width * at) / (values.length - 1)).toFixed(1) + ' ' + (height * (1 - (value - low) / (high - low))).toFixed(1));
  shape(svg, 'path', { class: 'line s0', d: 'M' + points.join('L') });
}

function keepDrawn(plot, draw) {
  let drawn = 0;
  new ResizeObserver(() => {
    if (plot.clientWidth === drawn) return;
    drawn = plot.clientWidth;
    plot.replaceChildren();
    draw();
  }).observe(plot);
}
`;
