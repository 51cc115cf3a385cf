// Draws the report's charts from the record that is embedded in it. The only script of the file; its policy allows no other.
'use strict';
(async () => {
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const inflate = async index => {
    const text = atob(document.getElementById('data-' + index).textContent.trim());
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = text.charCodeAt(i);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer();
  };
  const { series, charts, batches } = read('manifest');
  const curves = new Map();
  for (const { name, first, steps, values } of series) {
    const value = new Float32Array(await inflate(values));
    const step = steps === null ? Float64Array.from(value, (_, i) => first + i) : Float64Array.from(new Uint32Array(await inflate(steps)));
    curves.set(name, { step, value });
  }

  const last = Math.max(1, batches, ...[...curves.values()].map(curve => curve.step.at(-1) ?? 0));
  const view = { from: 0, to: last, cursor: null };
  const drawn = [];
  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; drawn.forEach(draw => draw()); });
  };
  const zoom = (from, to) => {
    const width = Math.min(last, Math.max(2, to - from));
    view.from = Math.min(Math.max(0, from), last - width);
    view.to = view.from + width;
    redraw();
  };
  const scale = (factor, around = (view.from + view.to) / 2) =>
    zoom(around - (around - view.from) * factor, around + (view.to - around) * factor);

  // The first index whose step is not below `step`.
  const search = (steps, step) => {
    let low = 0, high = steps.length;
    while (low < high) { const middle = (low + high) >> 1; if (steps[middle] < step) low = middle + 1; else high = middle; }
    return low;
  };
  const nice = (range, most) => {
    const raw = range / Math.max(1, most), power = 10 ** Math.floor(Math.log10(raw));
    return power * ([1, 2, 5, 10].find(n => n * power >= raw) ?? 10);
  };
  const number = (value, unit) => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'infinite' : '−infinite';
    if (unit === '%') return (100 * value).toFixed(2) + ' %';
    const text = value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(5)));
    return unit ? text + ' ' + unit : text;
  };

  charts.forEach((chart, index) => {
    const figure = document.getElementById('chart-' + index);
    const shown = chart.curves.map(curve => ({ ...curve, ...curves.get(curve.name) })).filter(curve => curve.value);
    const canvas = figure.querySelector('canvas'), words = figure.querySelector('output');
    const context = canvas.getContext('2d');
    figure.classList.add('live');
    const log = chart.scale === 'log';
    const place = value => log ? Math.log10(value) : value;
    const fits = value => Number.isFinite(value) && (!log || value > 0);
    const margin = { left: 62, right: 12, top: 10, bottom: 24 };
    let plot;

    const draw = () => {
      const style = getComputedStyle(document.documentElement);
      const colour = name => style.getPropertyValue('--' + name).trim();
      const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      plot = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
      const x = step => plot.left + (step - view.from) / (view.to - view.from) * (plot.right - plot.left);
      let low = Infinity, high = -Infinity;
      for (const { step, value } of shown) {
        const end = search(step, view.to + 1e-9);
        for (let i = search(step, view.from); i < end; i += 1) {
          if (!fits(value[i])) continue;
          if (value[i] < low) low = value[i];
          if (value[i] > high) high = value[i];
        }
      }
      if (chart.scale === 'zero') low = Math.min(0, low);
      if (Array.isArray(chart.scale)) [low, high] = chart.scale;
      if (low > high) [low, high] = log ? [0.1, 1] : [0, 1];
      let [bottom, top] = [place(low), place(high)];
      if (top - bottom < 1e-12 * Math.max(1, Math.abs(top))) { bottom -= 0.5; top += 0.5; }
      const air = Array.isArray(chart.scale) ? 0 : (top - bottom) * 0.05;
      if (chart.scale !== 'zero' || bottom < 0) bottom -= air;
      top += air;
      const y = value => plot.bottom - (place(value) - bottom) / (top - bottom) * (plot.bottom - plot.top);

      context.font = '12px system-ui, sans-serif';
      context.lineWidth = 1;
      context.strokeStyle = colour('grid');
      context.fillStyle = colour('text');
      context.textBaseline = 'middle';
      context.textAlign = 'right';
      const rungs = log ? Math.max(1, Math.ceil((top - bottom) / 6)) : nice(top - bottom, 5);
      for (let at = Math.ceil(bottom / rungs) * rungs; at <= top; at += rungs) {
        const py = Math.round(plot.bottom - (at - bottom) / (top - bottom) * (plot.bottom - plot.top)) + 0.5;
        context.beginPath(); context.moveTo(plot.left, py); context.lineTo(plot.right, py); context.stroke();
        const value = log ? 10 ** at : Math.abs(at) < rungs / 1e6 ? 0 : at;
        context.fillText(number(value, chart.unit === '%' ? '%' : ''), plot.left - 6, py);
      }
      context.textAlign = 'center';
      context.textBaseline = 'alphabetic';
      const stride = Math.max(1, nice(view.to - view.from, (plot.right - plot.left) / 90));
      for (let at = Math.ceil(view.from / stride) * stride; at <= view.to; at += stride) {
        context.fillText(Math.round(at).toLocaleString('en'), x(at), plot.bottom + 17);
      }

      context.save();
      context.beginPath();
      context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
      context.clip();
      for (const { step, value, colour: hue, dash } of shown) {
        context.strokeStyle = context.fillStyle = colour('c' + hue);
        const begin = Math.max(0, search(step, view.from) - 1), end = Math.min(value.length, search(step, view.to) + 1);
        const many = end - begin > 2 * (plot.right - plot.left);
        context.lineWidth = many ? 1 : 1.75;
        context.setLineDash(many ? [] : dash.map(length => length * 2));
        context.beginPath();
        let pen = false;
        if (many) {
          // Each pixel column from its smallest to its largest value: no spike is lost.
          for (let i = begin; i < end;) {
            const column = Math.floor(x(step[i]));
            let min = Infinity, max = -Infinity, first = NaN, end_ = NaN;
            for (; i < end && Math.floor(x(step[i])) === column; i += 1) {
              const v = value[i];
              if (!fits(v)) continue;
              if (Number.isNaN(first)) first = v;
              end_ = v;
              if (v < min) min = v;
              if (v > max) max = v;
            }
            if (min > max) { pen = false; continue; }
            if (pen) context.lineTo(column, y(first)); else context.moveTo(column, y(first));
            context.lineTo(column, y(min)); context.lineTo(column, y(max) - 0.5); context.lineTo(column, y(end_));
            pen = true;
          }
        } else {
          for (let i = begin; i < end; i += 1) {
            if (!fits(value[i])) { pen = false; continue; }
            if (pen) context.lineTo(x(step[i]), y(value[i])); else context.moveTo(x(step[i]), y(value[i]));
            pen = true;
          }
        }
        context.stroke();
        if (end - begin <= 60) for (let i = begin; i < end; i += 1) if (fits(value[i])) {
          context.beginPath(); context.arc(x(step[i]), y(value[i]), 2.5, 0, 7); context.fill();
        }
        // What cannot be drawn is marked, not hidden.
        context.fillStyle = colour('alarm');
        for (let i = begin, previous = -9; i < end; i += 1) if (!fits(value[i])) {
          const px = Math.round(x(step[i]));
          if (px > previous) context.fillRect(px - 1, plot.top, 2, 7);
          previous = px;
        }
      }
      if (view.cursor !== null) {
        context.setLineDash([]);
        context.strokeStyle = colour('text');
        context.lineWidth = 1;
        context.beginPath(); context.moveTo(Math.round(x(view.cursor)) + 0.5, plot.top); context.lineTo(Math.round(x(view.cursor)) + 0.5, plot.bottom); context.stroke();
      }
      context.restore();
      words.textContent = view.cursor === null ? '' : `Step ${view.cursor.toLocaleString('en')}: ` + shown.map(({ label, step, value }) => {
        let i = search(step, view.cursor);
        if (i === step.length || i > 0 && view.cursor - step[i - 1] < step[i] - view.cursor) i -= 1;
        return i < 0 ? '' : `${label} ${number(value[i], chart.unit)}` + (step[i] === view.cursor ? '' : ` (step ${step[i]})`);
      }).filter(Boolean).join(' · ');
    };
    drawn.push(draw);

    const stepAt = event => {
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - plot.left) / (plot.right - plot.left);
      return view.from + Math.min(1, Math.max(0, share)) * (view.to - view.from);
    };
    let held = null;
    canvas.addEventListener('pointerdown', event => { held = { step: stepAt(event), x: event.clientX }; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener('pointermove', event => { view.cursor = Math.round(stepAt(event)); redraw(); });
    canvas.addEventListener('pointerup', event => {
      if (held && Math.abs(event.clientX - held.x) > 8) { const step = stepAt(event); zoom(Math.min(step, held.step), Math.max(step, held.step)); }
      held = null;
    });
    canvas.addEventListener('pointerleave', () => { view.cursor = null; redraw(); });
    canvas.addEventListener('dblclick', () => zoom(0, last));
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      scale((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, stepAt(event));
    }, { passive: false });
    canvas.addEventListener('keydown', event => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (move && event.shiftKey) { const by = move * (view.to - view.from) / 5; zoom(view.from + by, view.to + by); }
      else if (move) { view.cursor = Math.min(last, Math.max(0, (view.cursor ?? Math.round(view.from)) + move * Math.max(1, Math.round((view.to - view.from) / 400)))); redraw(); }
      else if (event.key === '+' || event.key === '=') scale(0.5, view.cursor ?? undefined);
      else if (event.key === '-') scale(2, view.cursor ?? undefined);
      else if (event.key === '0' || event.key === 'Escape') { view.cursor = null; zoom(0, last); }
      else return;
      event.preventDefault();
    });
    for (const [name, act] of [['in', () => scale(0.5)], ['out', () => scale(2)], ['all', () => zoom(0, last)]]) {
      figure.querySelector('.' + name).addEventListener('click', act);
    }
  });
  addEventListener('resize', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  redraw();
  document.documentElement.dataset.drawn = charts.length;
})().catch(error => {
  document.getElementById('trouble').textContent = 'The charts cannot be drawn from the record here (' + error.message + '); pictures of them stand in their place.';
});
