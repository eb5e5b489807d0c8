// Charts in the page's own colours, drawn again when these change.

const charts = [];  // {canvas, make, chart}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

const series = i => colour('series-' + (i % 10 + 1));
const tint = (name, share) => 'rgb(' + colour(name) + ' / ' + share + ')';

function draw(entry) {
  if (entry.chart) entry.chart.destroy();
  Chart.defaults.color = colour('quiet');
  Chart.defaults.borderColor = colour('line');
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  entry.chart = new Chart(entry.canvas, entry.make());
}

function redraw() {
  charts.forEach(draw);
}

// make() gives Chart.js's configuration, with the colours of the moment. `extra` stands above the chart.
function figure(title, description, make, caption, extra) {
  const canvas = element('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', description);
  charts.push({canvas, make, chart: null});
  return element('figure', '', element('h3', '', title), extra, element('div', 'chart', canvas),
                 caption ? element('figcaption', '', caption) : null);
}

function axis(title, more = {}) {
  return Object.assign({title: {display: true, text: title}, grid: {color: colour('faint')}}, more);
}

// What all charts share: no animation, the legend below where there is more than one thing to name.
function options(x, y, more = {}) {
  const plugins = Object.assign(
    {legend: {display: more.legend !== false, position: 'bottom', labels: {boxWidth: 14, boxHeight: 2}}},
    more.plugins || {});
  return {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: more.parsing,
    interaction: more.interaction || {mode: 'nearest', intersect: false},
    scales: {x, y}, plugins, indexAxis: more.indexAxis || 'x'
  };
}

function line(label, points, at, more = {}) {
  return Object.assign({
    label, data: points, borderColor: series(at), backgroundColor: series(at), borderWidth: 2,
    pointRadius: points.length > 40 ? 0 : 2, pointHoverRadius: 4, tension: 0
  }, more);
}

// The diagonal that says what would be no better than chance, or perfect.
function diagonal(label, from, to) {
  return {
    label, data: [{x: from, y: from}, {x: to, y: to}], borderColor: colour('quiet'), borderDash: [4, 4],
    borderWidth: 1, pointRadius: 0, pointHoverRadius: 0, type: 'line'
  };
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
addEventListener('beforeprint', () => { document.documentElement.classList.add('printing'); redraw(); });
addEventListener('afterprint', () => { document.documentElement.classList.remove('printing'); redraw(); });
