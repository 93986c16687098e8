/**
 * Codes in the plane: by principal components (library ml-pca), which keep distances as far as a flat picture can, and by UMAP
 * (McInnes, Healy and Melville 2018, library umap-js), which keeps neighbours together.
 */
import { PCA } from 'ml-pca';
import { UMAP } from 'umap-js';
import { diceOf } from '../synthetic/dice.ts';

export type Point = readonly [x: number, y: number];

export interface Embedding {
  readonly name: string;
  /** One line under its title. */
  readonly about: string;
  readonly points: readonly Point[];
}

/** UMAP of fewer points is only chance. */
const ENOUGH = 8;
/** Neighbours that belong together. */
const NEIGHBOURS = 12;

/** @param codes [gather][number] */
export function embeddingsOf(codes: readonly (readonly number[])[], seed: number): readonly Embedding[] {
  return [principal(codes), ...(codes.length >= ENOUGH ? [uniform(codes, seed)] : [])];
}

function principal(codes: readonly (readonly number[])[]): Embedding {
  const pca = new PCA(codes as number[][]);
  const shares = pca.getExplainedVariance();
  const plane = pca.predict(codes as number[][]).to2DArray();
  const percent = (share: number | undefined) => `${Math.round(100 * (share ?? 0))} %`;
  return {
    name: 'Principal components',
    about: `The two directions in which codes differ most: ${percent(shares[0])} and ${percent(shares[1])} of the variance.`,
    points: plane.map((row) => [row[0] ?? 0, row[1] ?? 0] as const),
  };
}

function uniform(codes: readonly (readonly number[])[], seed: number): Embedding {
  const dice = diceOf(seed);
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(NEIGHBOURS, codes.length - 1),
    minDist: 0.15,
    random: () => dice.uniform(),
  });
  const plane = umap.fit(codes as number[][]);
  return {
    name: 'UMAP',
    about: 'Gathers that are alike stand together; distances between groups mean little.',
    points: plane.map(([x, y]) => [x, y] as const),
  };
}
