// What tests/e2e/access.rs asks of the page: what does not fit, and what axe finds.
window.access = {
  // Resolves when the page has come to rest after a change of the window: charts follow their panels a frame later.
  settled: async () => {
    let last = '', same = 0;
    while (same < 5) {
      await e2e.frames(2);
      const now = `${innerWidth} ${document.scrollingElement.scrollWidth} ${document.scrollingElement.scrollHeight}`;
      same = now === last ? same + 1 : 0;
      last = now;
    }
  },

  // What does not fit into a window of this width, in words; nothing if all does.
  misfits: () => {
    const found = [];
    const page = document.scrollingElement;
    if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} wide in a window of ${page.clientWidth}`);
    const name = element => {
      const holder = element.closest('[id]');
      const own = element.tagName.toLowerCase() + (element.className.baseVal ?? element.className).toString().trim().replace(/^|\s+/g, '.').replace(/\.$/, '');
      return holder ? `${own} in #${holder.id}` : own;
    };
    const label = element => element.getAttribute('aria-label') || document.getElementById(element.getAttribute('aria-labelledby'))?.textContent;
    const scrolls = element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    const isSeen = element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden, .skip');
    for (const element of document.querySelectorAll('body *')) {
      if (!isSeen(element) || element.closest('svg') && element.tagName !== 'svg') continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0) continue;
      const inner = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).display !== 'inline';
      const field = ['INPUT', 'SELECT', 'TEXTAREA', 'PROGRESS'].includes(element.tagName);
      // A scroller that has something to scroll to: by keyboard as well, and with a name.
      if (inner && !field && scrolls(element) && (element.tabIndex < 0 || !label(element) || !element.getAttribute('role')))
        found.push(`${name(element)} scrolls, but has no stop for the keyboard or no name`);
      // Cut off without any way to see the rest.
      if (inner && !field && ['hidden', 'clip'].includes(getComputedStyle(element).overflowX))
        found.push(`${name(element)} is cut off: ${element.scrollWidth} in ${element.clientWidth}`);
      // What leaves its panel, but for what is scrolled to within it.
      const panel = element.parentElement?.closest('.panel, .run-bar, .notice, .top');
      let around = element.parentElement;
      while (around && around !== panel && !scrolls(around)) around = around.parentElement;
      if (panel && around === panel && getComputedStyle(element).position !== 'absolute') {
        const box = panel.getBoundingClientRect();
        if (right > box.right + 1 || left < box.left - 1)
          found.push(`${name(element)} from ${Math.round(left)} to ${Math.round(right)} leaves ${name(panel)} from ${Math.round(box.left)} to ${Math.round(box.right)}`);
      }
    }
    return [...new Set(found)];
  },

  // The scrollers that have something to scroll to sideways.
  scrolled: () => [...document.querySelectorAll('.scroll')]
    .filter(element => element.checkVisibility() && element.scrollWidth > element.clientWidth + 1)
    .map(element => element.getAttribute('aria-label')),

  // Gives the cells of the confusion matrix all colours that they may have: which ones a run gives is chance.
  colourAll: () => document.querySelectorAll('#confusion tbody tr').forEach((row, index) =>
    row.querySelectorAll('td').forEach((cell, column) => {
      cell.className = `${column % 2 ? 'right' : 'wrong'} level-${index + 1}`;
      cell.textContent = 100;
    })),

  // What axe finds, in words: of all its rules but deprecated ones and those of level AAA.
  violations: async () => {
    const rules = axe.getRules().filter(({ tags }) => !tags.includes('deprecated') && !tags.includes('wcag2aaa'));
    const { violations } = await axe.run(document, {
      iframes: false,
      resultTypes: ['violations'],
      runOnly: { type: 'rule', values: rules.map(rule => rule.ruleId) },
    });
    return violations.map(({ id, nodes }) =>
      `${id}: ${nodes.slice(0, 4).map(({ target, failureSummary }) => `${target} (${failureSummary.split('\n').slice(1).join(';').trim()})`).join(' | ')}`);
  },
};
