/** Canvases over each other, as large as their place, each drawn anew when a signal that it reads changes. */
import { effect, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';

export interface Size {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** Draws in CSS pixels on a canvas that it need not clear. `place` has the colours of the theme. */
export type Layer = (ctx: CanvasRenderingContext2D, size: Size, place: HTMLElement) => void;

/** The first layer lies at the bottom, so that a cursor moves without the traces being drawn anew. */
export function Canvas({ layers, onSize }: { layers: readonly Layer[]; onSize?: (size: Size) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const size = useMemo(() => signal<Size>({ width: 0, height: 0, ratio: 1 }), []);
  useEffect(() => {
    const element = place.current!;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      const ratio = globalThis.devicePixelRatio || 1;
      const now = size.peek();
      if (now.width === width && now.height === height && now.ratio === ratio) return;
      size.value = { width, height, ratio };
      onSize?.(size.value);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    const ends = layers.map((layer, i) => drawn(element.children[i] as HTMLCanvasElement, layer, size, element));
    return () => {
      observer.disconnect();
      for (const end of ends) end();
    };
  }, [layers, onSize, size]);
  return (
    <div class="layers" ref={place} aria-hidden="true">
      {layers.map((_, i) => (
        <canvas key={String(i)} />
      ))}
    </div>
  );
}

const drawn = (canvas: HTMLCanvasElement, layer: Layer, size: Signal<Size>, place: HTMLElement) =>
  effect(() => {
    const { width, height, ratio } = size.value;
    if (width === 0 || height === 0) return;
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns;
      canvas.height = rows;
    }
    const ctx = canvas.getContext('2d')!;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    layer(ctx, size.value, place);
  });
