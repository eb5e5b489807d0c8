'use strict';
// What the page is made of. Text from the run is only ever set as textContent: no name or cell can become markup.

const data = JSON.parse(document.getElementById('data').textContent);
const report = data.report, run = data.run, result = run.result || null;

// element('p', 'class', child, ...): a child is an element, a text, or nothing.
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const child of children) {
    if (child === null || child === undefined) continue;
    made.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return made;
}

const paragraph = (...children) => element('p', '', ...children);

// Four significant digits, without exponents where a person needs none.
function show(x) {
  if (x === null || x === undefined || !isFinite(x)) return '–';
  const size = Math.abs(x);
  if (Number.isInteger(x) && size < 1e9) return x.toLocaleString('en');
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return x.toExponential(2);
  return String(Number(x.toPrecision(4)));
}

const percent = x => (x === null || x === undefined ? '–' : Number((100 * x).toPrecision(3)) + ' %');

function plural(count, one, many) {
  return count.toLocaleString('en') + ' ' + (count === 1 ? one : many || one + 's');
}

function listed(names, most = 4) {
  const shown = names.slice(0, most).map(name => '“' + name + '”');
  if (names.length > most) shown.push(plural(names.length - most, 'more', 'more'));
  return shown.length < 2 ? shown.join('') : shown.slice(0, -1).join(', ') + ' and ' + shown[shown.length - 1];
}

// A table in a box of its own that scrolls. A head or cell is a text or {text, number, node, className}.
function table(heads, rows, className = '') {
  const cell = (tag, content) => {
    const made = content !== null && typeof content === 'object' && !(content instanceof Node);
    const value = made ? content.node || content.text : content;
    return element(tag, made ? (content.number ? 'number ' : '') + (content.className || '') : '', value);
  };
  const head = element('tr', '', ...heads.map(h => cell('th', h)));
  const body = element('tbody');
  for (const row of rows) {
    const cells = row.cells || row;
    body.append(element('tr', row.className || '', ...cells.map(c => cell('td', c))));
  }
  return element('div', 'scroll', element('table', className, element('thead', '', head), body));
}

const number = text => ({text, number: true});

function section(id, title, ...children) {
  const made = element('section', '', element('h2', '', title), ...children);
  made.id = id;
  made.dataset.title = title;
  return made;
}

function card(value, label) {
  return element('div', 'card', element('b', '', value), element('span', '', label));
}
