/** What every map has: how it looks, and what it does where there is JavaScript. */

export const STYLE = `
:root { color-scheme: light; font: 15px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .3rem; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .6rem; border: 1px solid #ddd; border-radius: .3rem; } figcaption { font-weight: 600; }
.small { font-size: .8rem; margin: .1rem 0 .4rem; color: #555; }
svg { display: block; width: 100%; height: auto; } .ground { fill: #f7f7f7; }
.dot { stroke: #fff; stroke-width: .8; } .ring { fill: none; stroke: #c4001a; stroke-width: 1.5; }
a:focus .dot, a:hover .dot, .dot.at { stroke: #222; stroke-width: 2; }
.legend span { margin-right: .9rem; white-space: nowrap; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; border: 1px solid #999; vertical-align: -.05em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
th, .number { white-space: nowrap; } tr:target { background: #fff4ce; } img { display: block; }
#shown { position: fixed; right: 1rem; bottom: 1rem; max-width: 20rem; padding: .5rem; background: #fff; border: 1px solid #888; font-size: .85rem; }
`;

/** Plain, so that it runs as it stands. */
export const SCRIPT = `
const gathers = JSON.parse(document.getElementById('gathers').textContent);
const shown = document.getElementById('shown');
document.querySelector('.choice').hidden = false;
for (const button of document.querySelectorAll('[name=colours]'))
  button.addEventListener('change', () => {
    for (const dot of document.querySelectorAll('.dot')) dot.setAttribute('fill', gathers[dot.dataset.i].colours[button.value]);
    for (const legend of document.querySelectorAll('.legend')) legend.hidden = legend.dataset.of !== button.value;
  });
function show(dot) {
  const { words, picture } = gathers[dot.dataset.i];
  shown.replaceChildren();
  if (picture) shown.append(Object.assign(new Image(), { src: picture, alt: '' }));
  shown.append(words);
  shown.hidden = false;
  for (const other of document.querySelectorAll('.dot')) other.classList.toggle('at', other.dataset.i === dot.dataset.i);
}
function hide() {
  shown.hidden = true;
  for (const dot of document.querySelectorAll('.dot.at')) dot.classList.remove('at');
}
for (const link of document.querySelectorAll('.maps a')) {
  const dot = link.querySelector('.dot');
  link.addEventListener('mouseenter', () => show(dot));
  link.addEventListener('focus', () => show(dot));
  link.addEventListener('mouseleave', hide);
  link.addEventListener('blur', hide);
  link.addEventListener('click', () => { for (const details of document.querySelectorAll('details')) details.open = true; });
}
`;
