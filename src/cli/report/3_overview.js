// The run in a glance, its measures, and the table it has learned from.

const task = result ? result.task : (report.classes || []).length > 0 ? 'classification' : 'regression';
const quantiles = report.quantiles || [];
const parts = ['test', 'validation', 'train'].filter(part => result && result[part]);
const judged = report.judged || parts[0];

const part_texts = {
  test: 'rows that nothing has seen before',
  validation: 'rows that the part of the model which predicts them has not learned from',
  train: 'rows that the model has learned from: it will do worse on new ones'
};

const measures = {
  accuracy: ['accuracy', 'the share of rows whose class is predicted right', percent],
  balanced_accuracy: ['balanced accuracy', 'the same with each class counting alike, however many rows it has', percent],
  roc_auc: ['ROC AUC', 'how often a row of the class gets a higher probability than one that is not; 0.5 is chance', show],
  average_precision: ['average precision', 'the area under precision against recall', show],
  loss: ['loss', task === 'classification' ? 'cross-entropy, which training makes small: -log of the probability given to the true class' : quantiles.length > 0 ? 'mean quantile loss, which training makes small' : 'mean squared error, which training makes small', show],
  brier: ['Brier score', 'squared error of the probabilities', show],
  calibration_error: ['calibration error', 'how far the probabilities are from how often they come true', percent],
  matthews: ['Matthews', 'correlation of predicted and true classes; 0 is chance, 1 is perfect', show],
  kappa: ["Cohen's kappa", 'agreement beyond chance', show],
  coverage: ['coverage', 'the share of rows between the lowest and the highest predicted quantile', percent],
  nominal_coverage: ['wanted coverage', 'what that share should be', percent],
  interval_width: ['interval width', 'mean distance between these two quantiles', show],
  rmse: ['RMSE', "root of the mean squared error, in the target's own unit", show],
  mae: ['mean error', 'mean absolute error', show],
  median_error: ['median error', 'half of the rows are predicted better than this', show],
  r2: ['R²', 'share of the variance explained; 0 is as good as always saying the mean', show],
  mape: ['relative error', 'mean of |error| / |true value|', percent]
};

const cards = task === 'classification' ? ['accuracy', 'balanced_accuracy', 'roc_auc', 'loss']
  : quantiles.length > 0 ? ['coverage', 'interval_width', 'mae'] : ['rmse', 'mae', 'r2'];

function overview() {
  const used = (report.columns || []).filter(c => c.role !== 'target' && !c.left_out);
  const targets = [...new Set(report.targets || [])];
  const top = element('header', '', element('h1', '', data.name, ' ', element('span', 'pill', run.status)));
  if (targets.length > 0) {
    const what = task === 'classification' ? plural(report.classes.length, 'class', 'classes')
      : quantiles.length > 0 ? 'its quantiles ' + quantiles.map(show).join(', ') : 'a number';
    top.append(paragraph('Learns to predict ', listed(targets), ' (', targets.length > 1 ? 'numbers' : what, ') from ',
                         plural(used.length, 'column'), ' of ', element('b', '', report.table), '.'));
  }
  if (report.description) top.append(element('p', 'quiet small', report.description));
  if (run.error) top.append(element('p', 'note', run.error));
  const made = element('div', 'cards');
  if (result && result[judged]) {
    for (const key of cards) {
      if (result[judged][key] === null || result[judged][key] === undefined) continue;
      made.append(card(measures[key][2](result[judged][key]), measures[key][0] + ', ' + judged + ' rows'));
    }
  }
  if (result) made.append(card(show(result.best_epoch), 'best of ' + plural(result.epochs, 'epoch')));
  top.append(made);
  return top;
}

function quality() {
  if (parts.length === 0) return null;
  const keys = Object.keys(measures).filter(key => parts.some(part => typeof result[part][key] === 'number'));
  const rows = keys.map(key => [measures[key][0], ...parts.map(part => number(measures[key][2](result[part][key])))]);
  const heads = ['', ...parts.map(part => number(part + ' (' + show(result[part].rows) + ')'))];
  const explained = element('dl');
  for (const part of parts) explained.append(element('dt', '', part), element('dd', '', part_texts[part]));
  for (const key of keys) explained.append(element('dt', '', measures[key][0]), element('dd', '', measures[key][1]));
  return section('quality', 'How good is it?',
    paragraph('Judge it by its ', element('b', '', judged + ' rows'), ': ', part_texts[judged],
              '. Where it is much better on the rows that it has learned from, it has learned some of them by heart.'),
    table(heads, rows), element('details', '', element('summary', '', 'What these words mean'), explained));
}

function bins(column) {
  const most = Math.max(...column.bins);
  const made = element('span', 'bins');
  for (const count of column.bins) {
    const bar = element('i');
    bar.style.height = 100 * count / most + '%';
    made.append(bar);
  }
  made.title = 'how many rows from ' + show(column.least) + ' to ' + show(column.most);
  return made;
}

function shares(column, rows) {
  const made = element('div', 'shares');
  for (const [text, count] of column.common) {
    const share = element('div', '', element('span', '', text), element('span', 'quiet', percent(count / rows)));
    share.style.setProperty('--share', count / rows);
    made.append(share);
  }
  return made;
}

function columns() {
  if (!report.columns) return null;
  const some_missing = report.columns.some(column => column.missing > 0);
  const rows = report.columns.map(column => {
    const count = report.column_rows || 1;
    const numeric = column.bins !== undefined;
    const about = column.left_out ? 'left out: ' + column.left_out
      : numeric ? show(column.least) + ' to ' + show(column.most) + ', mean ' + show(column.mean)
      : column.distinct !== undefined ? plural(column.distinct, 'different value') : '';
    const picture = numeric ? bins(column) : column.common && column.common.length && column.common[0][1] > 1 ? shares(column, count) : '';
    const missing = column.missing ? percent(column.missing / count) : '';
    return {
      className: column.left_out ? 'out' : '',
      cells: [{node: element('span', 'name', column.name)}, column.role, {node: picture || element('span')},
              {text: about, className: 'about'}, ...(some_missing ? [number(missing)] : [])]
    };
  });
  const unseen = report.all_columns - report.columns.length;
  const notes = [...(report.notes || [])], warnings = run.warnings || [];
  return section('data', 'The data',
    paragraph('What each column was taken for, found from its cells. Numbers are brought to mean 0 and deviation 1; of ',
              'categories each gets a place of its own. A wrong guess is put right with --numeric, --categorical, ',
              '--date or --ignore.'),
    ...warnings.map(text => element('p', 'note small', text)),
    table(['column', 'role', 'spread', '', ...(some_missing ? [number('missing')] : [])], rows, 'wide'),
    unseen > 0 ? element('p', 'quiet small', plural(unseen, 'more column'), ' not shown.') : null,
    notes.length ? element('details', '', element('summary', '', 'Why so'),
                           ...notes.map(text => element('p', 'quiet small', text))) : null);
}
