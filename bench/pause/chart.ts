/** A bar of a panel. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value as it is written beside the bar. */
  readonly label: string;
}

/** Bars that share a scale. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** All measures in pixels. */
const PANEL = { width: 440, columns: 2, gap: 40, margin: 28, title: 44 } as const;
const BAR = { height: 20, step: 27, names: 82, labels: 74, round: 2 } as const;
const INK = { text: "#1f2328", faint: "#656d76", ours: "#1a7f5a", theirs: "#b6bec9" } as const;

/** Draws panels of bars, two in a row, as an SVG. The first bar of each panel is ours. */
export function drawChart(title: string, subtitle: string, panels: readonly Panel[]): string {
  const { width, columns, gap, margin } = PANEL;
  const rows = Math.ceil(panels.length / columns);
  const height = PANEL.title + BAR.step * Math.max(...panels.map(({ bars }) => bars.length));
  const whole = {
    width: 2 * margin + columns * width + (columns - 1) * gap,
    height: margin + 70 + rows * (height + gap) - gap + margin,
  };
  const drawn = panels.map((panel, index) => {
    const x = margin + (index % columns) * (width + gap);
    const y = margin + 70 + Math.floor(index / columns) * (height + gap);
    return `<g transform="translate(${x} ${y})">\n${drawPanel(panel)}</g>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" ` +
    `width="${whole.width}" height="${whole.height}" role="img" aria-label="${escape(title)}" ` +
    `font-family="system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif" font-size="13">\n` +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n` +
    text(margin, margin + 18, title, `font-size="20" font-weight="600"`) +
    text(margin, margin + 40, subtitle, `fill="${INK.faint}"`) +
    drawn.join("") + `</svg>\n`;
}

function drawPanel({ title, unit, bars }: Panel): string {
  const full = PANEL.width - BAR.names - BAR.labels;
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const head = text(0, 14, title, `font-size="15" font-weight="600"`) +
    text(0, 32, unit, `fill="${INK.faint}" font-size="12"`);
  return head + bars.map(({ name, value, label }, index) => {
    const y = PANEL.title + index * BAR.step;
    const middle = y + BAR.height / 2 + 4.5;
    const length = value / most * full;
    // A value that is not nothing stays visible.
    const width = (value > 0 ? Math.max(length, 1) : 0).toFixed(1);
    const [fill, weight] = index === 0 ? [INK.ours, 600] : [INK.theirs, 400];
    return text(BAR.names - 10, middle, name, `text-anchor="end" font-weight="${weight}"`) +
      `<rect x="${BAR.names}" y="${y}" width="${width}" height="${BAR.height}" rx="${BAR.round}" ` +
      `fill="${fill}"/>\n` +
      text(BAR.names + Number(width) + 7, middle, label, `font-weight="${weight}"`);
  }).join("");
}

function text(x: number, y: number, words: string, more: string): string {
  const fill = more.includes("fill=") ? "" : ` fill="${INK.text}"`;
  return `<text x="${x}" y="${y}"${fill} ${more}>${escape(words)}</text>\n`;
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
