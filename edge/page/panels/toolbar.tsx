/** How the gather is drawn and what the pointer does: large buttons for hands in gloves, each with its key in the hint. */
import type { ComponentChildren } from 'preact';
import { gainBy, toggleRecord, toggleReduced, zoomBy, zoomHome } from '../actions/looking.ts';
import { COLOUR_MAPS } from '../gather/colours.ts';
import { SCALINGS, type Scaling } from '../gather/scaling.ts';
import * as state from '../state.ts';

export function Toolbar() {
  return (
    <div class="toolbar" role="toolbar" aria-label="View">
      <Group label="Pointer">
        <Button
          on={state.tool.value === 'pick'}
          hint="Click: snap a pick. Drag: paint. Right button: remove."
          act={() => {
            state.tool.value = 'pick';
          }}
        >
          Pick
        </Button>
        <Button
          on={state.tool.value === 'erase'}
          hint="Click or drag removes picks, as the right button does"
          act={() => {
            state.tool.value = 'erase';
          }}
        >
          Erase
        </Button>
        <Button
          on={state.tool.value === 'pan'}
          hint="Drag moves the picture (also the middle button, or Ctrl)"
          act={() => {
            state.tool.value = 'pan';
          }}
        >
          Move
        </Button>
        <Button
          on={state.snapping.value}
          hint="Clicks snap to the onset (S); Alt turns it about"
          act={() => {
            state.snapping.value = !state.snapping.value;
          }}
        >
          Snap
        </Button>
      </Group>
      <Group label="Zoom">
        <Button hint="Farther (−)" act={() => zoomBy(1.5)} label="Farther">
          −
        </Button>
        <Button hint="Closer (+)" act={() => zoomBy(1 / 1.5)} label="Closer">
          +
        </Button>
        <Button hint="All traces (0)" act={zoomHome}>
          All
        </Button>
        <Button
          on={state.wholeRecord.value}
          hint="The whole record, or the part around the first breaks (B)"
          act={toggleRecord}
        >
          Record
        </Button>
      </Group>
      <Group label="Drawing">
        <Button
          on={state.drawnStyle.value === 'wiggle'}
          hint="Wiggles or density (W)"
          act={() => {
            state.style.value = state.drawnStyle.value === 'wiggle' ? 'density' : 'wiggle';
          }}
        >
          Wiggle
        </Button>
        <Button hint="Less gain ([)" act={() => gainBy(-3)} label="Less gain">
          ▾
        </Button>
        <output class="gain" aria-label="Gain">
          {state.gainDb.value > 0 ? '+' : ''}
          {state.gainDb} dB
        </output>
        <Button hint="More gain (])" act={() => gainBy(3)} label="More gain">
          ▴
        </Button>
        <Button on={state.reduced.value} hint={`Reduced by ${state.velocity} m/s (L)`} act={toggleReduced}>
          LMO
        </Button>
        <Button
          hint="Scaling, clip, colours, theme"
          act={() => {
            state.dialog.value = 'settings';
          }}
          label="More settings"
        >
          ⚙
        </Button>
      </Group>
    </div>
  );
}

const Group = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <fieldset class="group" aria-label={label}>
    {children}
  </fieldset>
);

interface ButtonProps {
  readonly on?: boolean;
  readonly hint: string;
  readonly label?: string;
  readonly act: () => void;
  readonly children: ComponentChildren;
}

const Button = ({ on, hint, label, act, children }: ButtonProps) => (
  <button type="button" title={hint} aria-label={label} aria-pressed={on} onClick={act}>
    {children}
  </button>
);

export function Settings() {
  return (
    <form class="settings" onSubmit={(event) => event.preventDefault()}>
      <Choice label="Theme" value={state.theme} options={{ light: 'light', sunlight: 'sunlight', dark: 'dark' }} />
      <Choice
        label="Traces"
        value={state.style}
        options={{ auto: 'as it suits', wiggle: 'wiggles', density: 'density' }}
      />
      <Choice label="Colours" value={state.colourMap} options={{ auto: 'as the theme', ...COLOUR_MAPS }} />
      <Choice<Scaling> label="Scaled" value={state.scaling} options={SCALINGS} />
      <Figure label="Clipped at full ink" unit="% of samples" value={state.clipPercent} least={0} most={50} />
      <Figure label="Gain" unit="dB" value={state.gainDb} least={-60} most={60} />
      <Figure label="Reduction velocity" unit="m/s" value={state.velocity} least={50} most={20_000} />
      <Check label="Strip of the first breaks" value={state.showStrip} />
      <Check label="Picks of the shot before at this place" value={state.showGhosts} />
      <Check label="Clicks snap to the onset" value={state.snapping} />
    </form>
  );
}

interface Setting<T> {
  readonly label: string;
  readonly value: { value: T };
}

function Choice<T extends string>({
  label,
  value,
  options,
}: Setting<T> & { readonly options: Readonly<Record<T, string>> }) {
  return (
    <label>
      <span>{label}</span>
      <select
        value={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.value as T;
        }}
      >
        {Object.entries<string>(options).map(([word, text]) => (
          <option key={word} value={word}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Figure({ label, unit, value, least, most }: Setting<number> & { unit: string; least: number; most: number }) {
  return (
    <label>
      <span>
        {label} <small>{unit}</small>
      </span>
      <input
        type="number"
        value={value.value}
        min={least}
        max={most}
        onChange={(event) => {
          const wanted = event.currentTarget.valueAsNumber;
          if (Number.isFinite(wanted)) value.value = Math.max(least, Math.min(most, wanted));
        }}
      />
    </label>
  );
}

function Check({ label, value }: Setting<boolean>) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.checked;
        }}
      />
      <span>{label}</span>
    </label>
  );
}
