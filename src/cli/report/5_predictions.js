// Confusion, curves, predicted against true, and the rows that are predicted worst.

function confusion() {
  const counts = result && result[judged] && result[judged].confusion;
  if (!counts) return null;
  const names = report.classes || counts.map((_, i) => String(i)), most = 30;
  const mistakes = [];
  counts.forEach((row, t) => row.forEach((n, p) => { if (t !== p && n > 0) mistakes.push([n, names[t], names[p]]); }));
  mistakes.sort((a, b) => b[0] - a[0]);
  const right = counts.reduce((sum, row, t) => sum + row[t], 0), all = counts.flat().reduce((a, b) => a + b, 0);
  const said = element('figcaption', '', right.toLocaleString('en') + ' of ' + plural(all, 'row') + ' on the diagonal are right.');
  if (mistakes.length > 0 && (counts.length > 3 || counts.length > most)) {
    said.append(' Most often mistaken: ' + mistakes.slice(0, 3).map(m => m[1] + ' for ' + m[2] + ' (' + m[0] + ')').join(', ') + '.');
  }
  const made = element('figure', counts.length > 6 ? 'whole' : '', element('h3', '', 'Confusion matrix'));
  if (counts.length <= most) {
    const rows = counts.map((row, t) => {
      const sum = row.reduce((a, b) => a + b, 0);
      return element('tr', '', element('th', '', names[t]), ...row.map((n, p) => {
        const cell = element('td', n === 0 && t !== p ? 'none' : t === p ? 'right' : 'wrong', n.toLocaleString('en'));
        cell.style.setProperty('--share', sum > 0 ? n / sum : 0);
        cell.title = names[t] + ' predicted as ' + names[p] + ': ' + n;
        return cell;
      }));
    });
    const head = element('thead', '', element('tr', '', element('th', 'quiet', 'true \\ predicted'),
                                              ...names.map(name => element('th', '', name))));
    made.append(element('div', 'scroll', element('table', 'confusion', head, element('tbody', '', ...rows))));
  }
  made.append(said);
  return made;
}

function roc() {
  if (!report.roc || report.roc.length === 0) return null;
  const binary = report.classes.length === 2;
  const auc = name => {
    const found = ((result && result[judged] && result[judged].classes) || []).find(c => c.name === name);
    return found && typeof found.roc_auc === 'number' ? ' (' + found.roc_auc.toFixed(3) + ')' : '';
  };
  const make = () => ({
    type: 'line',
    data: {
      datasets: [...report.roc.map((curve, i) => line(curve.name + auc(curve.name),
                                                      curve.points.map(([x, y]) => ({x, y})), i, {pointRadius: 0})),
                 diagonal('chance', 0, 1)]
    },
    options: options(axis('false positives', {type: 'linear', min: 0, max: 1}),
                     axis('true positives', {min: 0, max: 1}))
  });
  return figure('ROC', 'True against false positives', make,
    'From left to right ever lower probabilities of ' + (binary ? '“' + report.roc[0].name + '”' : 'each class') +
    ' count as a yes: the share of its rows found, against the share of the others taken for it. In brackets the area ' +
    'under the curve: 1 is perfect, 0.5 chance.');
}

function calibration() {
  if (!report.calibration || report.calibration.length === 0) return null;
  const most = Math.max(...report.calibration.map(bin => bin.rows));
  const make = () => ({
    type: 'line',
    data: {
      datasets: [line('the model', report.calibration.map(bin => ({x: bin.confidence, y: bin.accuracy})), 0,
                      {pointRadius: report.calibration.map(bin => 3 + 7 * Math.sqrt(bin.rows / most)), borderWidth: 1, clip: false}),
                 diagonal('perfect', 0, 1)]
    },
    options: options(axis('probability it gives', {type: 'linear', min: 0, max: 1}),
                     axis('how often it is right', {min: 0, max: 1}),
                     {plugins: {tooltip: {callbacks: {label: item => item.datasetIndex > 0 ? '' :
                       percent(item.parsed.x) + ' given, right in ' + percent(item.parsed.y) + ' of ' +
                       plural(report.calibration[item.dataIndex].rows, 'row')}}}})
  });
  return figure('Calibration', 'How often predictions come true', make,
    'Of the rows to whose class it gives 80 %, 80 % should be right. Below the line it is too sure of itself, above it ' +
    'too careful. Larger points have more rows.');
}

function scatter(target) {
  const values = target.points.flat().filter(x => x !== null);
  const from = Math.min(...values), to = Math.max(...values);
  const make = () => ({
    type: 'scatter',
    data: {
      datasets: [{label: 'a row', data: target.points.map(([x, y]) => ({x, y})), backgroundColor: tint('accent', target.points.length > 500 ? .3 : .6),
                  pointRadius: target.points.length > 500 ? 2 : 3},
                 diagonal('perfect', from, to)]
    },
    options: options(axis('true'), axis('predicted'))
  });
  return figure('Predicted against true: ' + target.name, 'Predicted against true values of ' + target.name, make,
    plural(target.points.length, judged + ' row') + '. On the line a prediction is perfect.');
}

function errors(target) {
  const gaps = target.points.filter(p => p[0] !== null && p[1] !== null).map(([x, y]) => y - x);
  const most = Math.max(...gaps.map(Math.abs)) || 1, count = 21, counts = new Array(count).fill(0);
  for (const gap of gaps) ++counts[Math.min(count - 1, Math.floor((gap + most) / (2 * most) * count))];
  const middle = i => (i + .5) / count * 2 * most - most;
  const make = () => ({
    type: 'bar',
    data: {labels: counts.map((_, i) => show(Number(middle(i).toPrecision(3)))),
           datasets: [{label: 'rows', data: counts, backgroundColor: series(0), barPercentage: 1, categoryPercentage: .94}]},
    options: options(axis('predicted - true', {grid: {display: false}}), axis('rows', {ticks: {precision: 0}}),
                     {legend: false, interaction: {mode: 'index', intersect: false}})
  });
  return figure('Errors: ' + target.name, 'How many rows have which error', make,
    'A heap around 0 is right. Leaning to one side, the model says too much or too little as a rule.');
}

function predictions() {
  const made = [confusion(), roc(), calibration(), ...(report.scatter || []).flatMap(t => [scatter(t), errors(t)])];
  const shown = made.filter(Boolean);
  if (shown.length === 0) return null;
  return section('predictions', 'What it predicts',
                 paragraph('Of the ', element('b', '', judged + ' rows'), ': ', part_texts[judged], '.'),
                 element('div', 'grid', ...shown));
}

function worst() {
  const found = report.worst;
  if (!found || found.rows.length === 0) return null;
  const classes = task === 'classification';
  const joined = values => (Array.isArray(values) ? values.map(show).join(', ') : values);
  const heads = ['', 'true', 'predicted', ...(classes ? [number('true class given')] : []), ...found.columns];
  const rows = found.rows.map(row => [
    {text: row.place, className: 'quiet fixed'}, {text: joined(row.true), className: 'fixed'},
    {text: joined(row.predicted) + (classes ? ' (' + percent(row.probability_predicted) + ')' : ''), className: 'fixed'},
    ...(classes ? [number(percent(row.probability_true))] : []),
    ...row.cells.map(text => ({text, className: 'cell'}))]);
  return section('worst', 'The rows it predicts worst',
    paragraph('Look at these first: a wrong label, a slip in a cell, or something that the columns do not say.'),
    table(heads, rows));
}
