// How to repeat the run and how to use the model; then the page is put together.

function python() {
  const used = (report.columns || []).filter(column => column.input);
  const example = column => {
    if (column.input === 'string') return JSON.stringify(column.common && column.common.length ? column.common[0][0] : '');
    if (column.input === 'int64') return '20000';
    return column.mean === undefined ? '1.0' : String(Number(column.mean.toPrecision(3)));
  };
  const shown = used.slice(0, 12);
  const lines = shown.map(column => '    ' + JSON.stringify(column.input_name) + ': ' + example(column) + ',' +
                                    (column.input === 'int64' ? '  # days since 1970-01-01' : ''));
  if (used.length > shown.length) lines.push('    # and ' + (used.length - shown.length) + ' more columns');
  return ['import numpy, onnxruntime', '', 'session = onnxruntime.InferenceSession("model.onnx")', 'row = {', ...lines, '}',
          'types = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64, "tensor(string)": object}',
          'inputs = {i.name: numpy.array([[row[i.name]]], types[i.type]) for i in session.get_inputs()}',
          'print(session.run(None, inputs))'].join('\n');
}

function use() {
  const program = data.program, folder = data.folder;
  const made = section('use', 'Again, and onwards',
    element('h3', '', 'Repeat it'),
    paragraph('The same table and the same program give the same model, byte for byte, on any number of threads.'),
    element('pre', '', program + ' train --config ' + folder + '/config.toml\n' + program + ' report ' + folder + '   # this page'));
  if (data.config) {
    made.append(element('details', '', element('summary', '', 'config.toml'), element('pre', '', data.config.trim())));
  }
  if (result) {
    made.append(element('h3', '', 'Use it'),
      paragraph('Predictions for new rows, as CSV; the columns may stand in any order, cells may be missing.'),
      element('pre', '', program + ' predict ' + folder + '/model.onnx new.csv > predictions.csv'),
      element('h3', '', 'Serve it'),
      paragraph('model.onnx is a whole model: it takes raw cells and needs no other file. Any server that speaks ONNX ' +
                'serves it; in Python:'),
      element('pre', '', python()));
  }
  const list = element('dl');
  const say = (name, text) => { if (text !== undefined && text !== null) list.append(element('dt', '', name), element('dd', '', text)); };
  say('started', run.started);
  say('program', 'backprop ' + run.version);
  if (result) {
    say('took', show(result.seconds) + ' s on ' + plural(result.threads, 'thread'));
    say('steps', show(result.steps));
    say('rows', show(result.rows));
    say('file against network', 'model.onnx, read back, differs by ' + show(result.largest_difference) + ' at most, relative to the largest prediction');
  }
  for (const table of run.data || []) say(table.path, table.sha256 ? 'SHA-256 ' + table.sha256 : '');
  made.append(element('details', '', element('summary', '', 'When, how long, which files'), list));
  return made;
}

document.title = data.name + ': backprop report';
const sections = [quality(), columns(), learning(), predictions(), importance(), worst(), use()].filter(Boolean);
const links = element('nav', '', ...sections.map(made => {
  const link = element('a', '', made.dataset.title);
  link.href = '#' + made.id;
  return link;
}));
const top_part = overview();
top_part.append(links);
document.getElementById('main').append(top_part, ...sections,
  element('footer', '', 'Made by backprop ' + run.version + '. This page is one file and asks the network for nothing.'));
redraw();
