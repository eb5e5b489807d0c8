// How the loss went down, how large the gradients were, and which columns the model needs.

const points = (key) => data.metrics.filter(m => typeof m[key] === 'number').map(m => ({x: m.epoch, y: m[key]}));

// A box to tick for a logarithmic axis, ticked where the numbers want one.
function log_switch(all) {
  const positive = all.map(p => p.y).filter(y => y > 0);
  const box = element('input');
  box.type = 'checkbox';
  box.checked = positive.length > 1 && Math.max(...positive) > 30 * Math.min(...positive);
  box.addEventListener('change', redraw);
  return {box, label: element('label', '', box, ' logarithmic'), type: () => (box.checked ? 'logarithmic' : 'linear')};
}

// A vertical line at the epoch whose weights the model has.
const best_epoch = {
  id: 'best_epoch',
  afterDatasetsDraw(chart) {
    const best = result ? result.best_epoch : 0;
    if (!best) return;
    const x = chart.scales.x.getPixelForValue(best), area = chart.chartArea, to = chart.ctx;
    to.save();
    to.strokeStyle = colour('quiet');
    to.setLineDash([4, 4]);
    to.beginPath();
    to.moveTo(x, area.top);
    to.lineTo(x, area.bottom);
    to.stroke();
    to.restore();
  }
};

const log_ticks = {callback: value => (Math.abs(Math.log10(value) % 1) < 1e-6 ? show(value) : '')};

function curve_figure(title, description, curves, x, y, caption, plugins = []) {
  const log = log_switch(curves.flatMap(curve => curve.points));
  const make = () => ({
    type: 'line', plugins,
    data: {datasets: curves.map((curve, i) => line(curve.name, curve.points, i))},
    options: options(axis(x, {type: 'linear', ticks: {precision: 0}}),
                     axis(y, {type: log.type(), ticks: log.box.checked ? log_ticks : {}}),
                     {interaction: {mode: 'index', intersect: false}})
  });
  return figure(title, description, make, caption, log.label);
}

function losses() {
  const curves = [{name: 'training', points: points('loss')}, {name: 'validation', points: points('validation_loss')}]
    .filter(curve => curve.points.length > 0);
  if (curves.length === 0) return null;
  return curve_figure('Loss', 'Loss by epoch', curves, 'epoch', 'loss',
    'An epoch is one pass over the training rows. The model has the weights of the best epoch, at the broken line: ' +
    'where the validation loss rises while the training loss still falls, the network learns rows by heart.',
    [best_epoch]);
}

function gradients() {
  const lines = data.metrics.filter(m => m.gradient_norm);
  if (lines.length === 0) return null;
  const names = Object.keys(lines[0].gradient_norm);
  const curves = names.map(name => ({
    name, points: lines.map(m => ({x: m.epoch, y: m.gradient_norm[name]})).filter(p => typeof p.y === 'number')
  }));
  return curve_figure('Gradient of each layer', 'Gradient norm of each layer by epoch', curves, 'epoch', 'norm',
    'The length of the gradient of the loss with respect to a layer’s weights, on a few training rows. ' +
    'Backpropagation hands it down from the last layer to the first: where the first layers’ stay near zero from the ' +
    'start they hardly learn, where they grow without end the steps are too long.');
}

function rates() {
  const trials = run.rate_trials || [];
  if (trials.length === 0) return null;
  const points = trials.map(([x, y]) => ({x, y})), log = log_switch(points);
  const make = () => ({
    type: 'line', data: {datasets: [line('loss', points, 0)]},
    options: options(axis('learning rate', {type: 'logarithmic', ticks: log_ticks}),
                     axis('loss', {type: log.type(), ticks: log.box.checked ? log_ticks : {}}), {legend: false})
  });
  return figure('The learning rate', 'Loss by learning rate in the trial', make,
    'A short trial in which the rate rose from step to step. The run’s rate is a tenth of that at which the loss, ' +
    'smoothed, was least: too small learns slowly, too large not at all.', log.label);
}

function learning() {
  const made = [losses(), gradients(), rates()].filter(Boolean);
  if (made.length === 0) return null;
  return section('learning', 'How it learned', element('div', 'grid', ...made));
}

function importance() {
  const found = report.importance;
  if (!found) return null;
  const title = 'Which columns it needs';
  if (found.columns.length === 0) {
    return section('importance', title, element('p', 'quiet', 'Not computed: too many columns or too few rows.'));
  }
  const classes = found.measure === 'accuracy';
  const value = x => (classes ? 100 * x : x);
  const make = () => ({
    type: 'bar',
    data: {
      labels: found.columns.map(c => (c.name.length > 24 ? c.name.slice(0, 23) + '…' : c.name)),
      datasets: [{
        label: classes ? 'accuracy lost' : 'RMSE gained', data: found.columns.map(c => value(c.rise)),
        backgroundColor: series(0), maxBarThickness: 22
      }]
    },
    options: options(axis(classes ? 'accuracy lost, per cent points' : 'rise of the RMSE'),
                     axis('', {title: {display: false}, grid: {display: false}, ticks: {autoSkip: false}}),
                     {indexAxis: 'y', legend: false, interaction: {mode: 'index', axis: 'y', intersect: false},
                      plugins: {tooltip: {callbacks: {label: item => show(item.parsed.x) + ' ± ' +
                                                              show(value(found.columns[item.dataIndex].deviation))}}}})
  });
  const made = figure('Permutation importance', 'What is lost when a column is shuffled', make,
    'Mean of ' + plural(found.permutations, 'permutation') + ' of ' + plural(found.rows, judged + ' row') +
    (found.of > found.columns.length ? '; the first ' + found.columns.length + ' of ' + found.of + ' columns.' : '.'));
  made.querySelector('.chart').style.height = 5 + 1.7 * found.columns.length + 'rem';
  return section('importance', title,
    paragraph('The cells of one column are dealt out anew among the rows, so that they say nothing of the row they ' +
              'stand in: how much worse do the predictions get? Columns that say the same share what is lost between them.'),
    made);
}
