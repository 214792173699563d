import { type Ramp, rampNamed } from "../colour/ramps";
import { type Scale, type ScaleKind, scaleOf, sortedValues } from "../colour/scale";
import { job } from "./job.svelte";
import { recall, remember } from "./memory";

/** How the map shows the raster and the cells, and which cell is pointed at. */
class View {
  #rampName = $state(recall("ramp") ?? "viridis");
  #scaleKind = $state<ScaleKind>(recall("scale") === "linear" ? "linear" : "quantile");
  rasterOpacity = $state(1);
  cellsOpacity = $state(0.9);
  /** Values that keep their colour while a bar of the histogram is pointed at. */
  highlight = $state.raw<readonly [number, number] | null>(null);
  /** Position of the cell that is pointed at, in the result's table. */
  pointed = $state<number | null>(null);

  /** Of the result on show. */
  readonly values = $derived(job.result?.table.column(job.result.method) ?? null);
  readonly sorted = $derived(this.values ? sortedValues(this.values) : null);
  readonly scale: Scale | null = $derived(this.sorted ? scaleOf(this.sorted, this.#scaleKind) : null);
  readonly ramp: Ramp = $derived(rampNamed(this.#rampName));

  get scaleKind(): ScaleKind {
    return this.#scaleKind;
  }

  set scaleKind(kind: ScaleKind) {
    this.#scaleKind = kind;
    remember("scale", kind);
  }

  get rampName(): string {
    return this.#rampName;
  }

  set rampName(name: string) {
    this.#rampName = name;
    remember("ramp", name);
  }
}

export const view = new View();
