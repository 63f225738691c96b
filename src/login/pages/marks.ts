/** The mark: a gate whose bars are a chart. Carries its own ground, so that it is seen in light and dark tabs alike. */
export const MARK_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">
<rect width="48" height="48" rx="11" fill="#15595a"/>
<g fill="none" stroke-width="4" stroke-linecap="round">
<path d="M10 37V24a14 14 0 0 1 28 0v13" stroke="#eef7f4"/>
<path d="M17.5 37v-5M30.5 37V22" stroke="#8fd6c8"/>
<path d="M24 37V27" stroke="#f0b94d"/>
</g>
</svg>
`;

const PITCH = 40;
const WIDTH = 22;

/**
 * A row of bars for the foot of the panel, one of them in the colour of an open gate. Its width is a whole number of
 * pitches, so that it can be laid side by side.
 */
function fenceSvg(heights: readonly number[], open: number): string {
  const height = Math.max(...heights) + PITCH;
  const width = heights.length * PITCH;
  const bars = heights.map((top, index) => {
    const fill = index === open ? '#f0b94d' : index % 3 === 1 ? '#1c5758' : '#174a4b';
    const x = index * PITCH + (PITCH - WIDTH) / 2;
    // The foot of each bar lies below the edge, so that only its top is round.
    return `<rect x="${x}" y="${height - top}" width="${WIDTH}" height="${top + WIDTH}" rx="${WIDTH / 2}" fill="${fill}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
${bars.join('\n')}
</svg>
`;
}

/** For a panel at the side of a wide window. */
export const FENCE_SVG = fenceSvg([92, 128, 110, 164, 142, 196, 232, 184, 268, 214, 150, 118], 6);

/** For the band at the top of a narrow window. */
export const LOW_FENCE_SVG = fenceSvg(
  [26, 34, 30, 44, 38, 52, 46, 60, 54, 70, 58, 48, 62, 78, 66, 88, 72, 60, 76, 58, 46, 52, 38, 44, 32, 36],
  15,
);
