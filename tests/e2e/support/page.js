// What the tests need inside the page. Run before the page's own scripts.

// All sections are open, but in a test of how a newcomer finds them: most tests are of what is in them.
if (!window.isNewcomer) {
  try {
    for (const id of ['every-batch', 'time', 'network', 'outcome', 'runs', 'files-out-and-in', 'own'])
      localStorage[`emberscope.section.${id}`] ??= 'open';
  } catch { /* No storage here: a frame of the sandbox, or a blank page. */ }
}

window.e2e = {
  // Opens the sheet with the setup for what is in it, and closes it where it covers what is not.
  reveal: async selector => {
    const element = document.querySelector(selector), sheet = document.querySelector('.setup-column');
    if (!element || !sheet) return;
    const isOpen = !sheet.classList.contains('hidden'), covers = getComputedStyle(sheet).position === 'fixed';
    if (sheet.contains(element) ? !isOpen : isOpen && covers && !element.closest('dialog')) {
      document.querySelector(isOpen ? '#close-setup' : '#open-setup').click();
      await e2e.frames(2);
    }
  },

  // With plain spaces for the narrow ones between thousands.
  text: selector => document.querySelector(selector)?.textContent.replace(/[\u2009\u202f\u00a0]/g, ' ') ?? '',
  lastRun: () => emberscope.runs().at(-1),
  batches: () => e2e.lastRun()?.batches ?? 0,

  // Resolves with the first true value of `check`.
  until: (what, check, ms) => new Promise((resolve, reject) => {
    const begin = performance.now();
    const look = () => {
      let value;
      try { value = check(); } catch (thrown) { return reject(thrown); }
      if (value) return resolve(value);
      if (performance.now() - begin > ms) {
        const state = `phase "${e2e.text('#phase')}", ${e2e.text('#latest')}, notices "${e2e.text('#notices')}"`;
        return reject(new Error(`waited ${ms} ms in vain for ${what}; ${state}`));
      }
      setTimeout(look, 20);
    };
    look();
  }),

  frames: async count => {
    for (let frame = 0; frame < count; frame += 1) await new Promise(requestAnimationFrame);
  },

  // Scrolls through the page and back to its top, so that everything has been painted once.
  seeEverything: async () => {
    for (let y = 0; y < document.scrollingElement.scrollHeight; y += innerHeight / 2) {
      scrollTo(0, y);
      await e2e.frames(3);
    }
    scrollTo(0, 0);
    await e2e.frames(3);
  },

  // Calls `stop` with the number of batches as soon as so many are trained.
  stopAfter: count => {
    const remove = emberscope.on('on_batch_end', ({ step }) => {
      if (step < count) return;
      remove();
      emberscope.stop('enough');
    });
  },

  // When `selector` was last clicked, and when the phase first said each thing after that.
  watchClicks: selector => {
    const watch = { clicked: NaN, said: {} };
    document.querySelector(selector).addEventListener('click', () => { watch.clicked = performance.now(); watch.said = {}; }, true);
    new MutationObserver(() => { watch.said[e2e.text('#phase')] ??= performance.now(); })
      .observe(document.querySelector('#phase'), { childList: true, characterData: true, subtree: true });
    return watch;
  },

  // Records tasks over 50 ms, the time between frames, and what the slowest frames spent theirs on, until the function
  // that it returns is called.
  watchFrames: () => {
    const begin = performance.now(), tasks = [], frames = [], slow = [];
    const observe = (type, take) => {
      const observer = new PerformanceObserver(list => list.getEntries().forEach(take));
      observer.observe({ type });
      return () => { observer.takeRecords().forEach(take); observer.disconnect(); };
    };
    const ends = [
      observe('longtask', entry => tasks.push(entry.duration)),
      observe('long-animation-frame', entry => slow.push({
        atMs: Math.round(entry.startTime - begin),
        ms: Math.round(entry.duration),
        scripts: entry.scripts.map(({ invoker, duration, forcedStyleAndLayoutDuration: layout }) =>
          `${invoker} ${Math.round(duration)} ms, layout ${Math.round(layout)} ms`),
      })),
    ];
    let last = begin, on = true;
    const tick = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      if (on) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    return () => {
      on = false;
      ends.forEach(end => end());
      frames.sort((a, b) => a - b);
      slow.sort((a, b) => b.ms - a.ms);
      const at = share => Math.round(10 * (frames[Math.min(frames.length - 1, Math.floor(share * frames.length))] ?? 0)) / 10;
      return {
        longestTask: Math.max(0, ...tasks), longTasks: tasks.length,
        frames: frames.length, median: at(0.5), p95: at(0.95), worst: at(1), slow: slow.slice(0, 6),
      };
    };
  },
};
