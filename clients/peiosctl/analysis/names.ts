/** Words of options. */
export const themeNames = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themeNames)[number];

export const graphFormats = ['svg', 'dot'] as const;
export type GraphFormat = (typeof graphFormats)[number];
