// What the browser tests run inside the page: plain JavaScript, because it is a browser's, not Node's. The page itself
// has no script.

const read = text => {
  const [r, g, b, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return r === undefined || a < 1 ? undefined : [r, g, b];
};

const luminance = colour => {
  const [r, g, b] = colour.map(part => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

/** The first background that is not transparent, from an element outwards. */
const ground = element =>
  element === null
    ? [255, 255, 255]
    : (read(getComputedStyle(element).backgroundColor) ?? ground(element.parentElement));

globalThis.inPage = {
  openAll() {
    for (const details of document.querySelectorAll('details')) details.open = true;
  },

  /**
   * Texts that can be seen whose colour has less contrast than this to what they are on (WCAG 2.2, 1.4.3). Text of
   * drawings is measured against every surface of a drawing.
   */
  lowContrasts(least) {
    const surfaces = ['.net', '.box'].flatMap(name => {
      const shape = document.querySelector(name);
      return shape === null ? [] : [read(getComputedStyle(shape).fill)];
    });
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent.trim();
      if (words === '' || !element.checkVisibility()) continue;
      const drawn = element.closest('svg') !== null;
      const style = getComputedStyle(element);
      const colour = read(drawn ? style.fill : style.color);
      const on = drawn ? [ground(element), ...surfaces] : [ground(element)];
      const worst = Math.min(...on.map(surface => contrast(colour, surface)));
      if (worst < least) found.add(`${worst.toFixed(2)} ${element.tagName}: ${words.slice(0, 40)}`);
    }
    return [...found];
  },

  /** What a screen reader, or somebody who jumps from heading to heading, would stumble over. */
  structure() {
    const all = selector => [...document.querySelectorAll(selector)];
    const levels = all('h1,h2,h3,h4').map(heading => Number(heading.tagName.slice(1)));
    const ids = all('[id]').map(element => element.id);
    const name = element => element.getAttribute('aria-label') ?? element.textContent.trim();
    return {
      firstLevel: levels.filter(level => level === 1).length,
      levelsLeftOut: levels.filter((level, i) => i > 0 && level > levels[i - 1] + 1).length,
      idsTwice: ids.filter((id, i) => ids.indexOf(id) !== i),
      unnamed: all('a,summary,[tabindex="0"],[role=img],svg')
        .filter(element => name(element) === '' && element.closest('[aria-hidden=true]') === null)
        .map(element => element.outerHTML.slice(0, 80)),
      dangling: all('a[href^="#"]')
        .map(link => link.getAttribute('href').slice(1))
        .filter(id => document.getElementById(id) === null),
      inputsWithoutLabel: all('input').filter(input => input.labels.length !== 1).length,
      tablesWithoutHead: all('table').filter(table => table.caption === null || table.tHead === null).length,
    };
  },

  width: () => document.documentElement.scrollWidth,
  outlineOfFocus: () => getComputedStyle(document.activeElement).outlineStyle,
};
