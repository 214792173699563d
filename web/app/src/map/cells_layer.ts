import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { type Ramp, rampTexture } from "../colour/ramps";
import type { Scale } from "../colour/scale";
import { type CellGeometry, ringsOf, verticesOf } from "./cell_geometry";
import { buildProgram, type CellProgram } from "./cell_program";
import { cellIndices } from "./cell_triangles";

/** How the cells look. Changing any of it uploads nothing but a few numbers. */
export interface CellAppearance {
  readonly scale: Scale;
  readonly ramp: Ramp;
  readonly opacity: number;
  /** Only values in this range (ends included) keep their colour; null: all do. */
  readonly highlight: readonly [number, number] | null;
}

/** A map layer that draws cells from typed arrays; a million of them is one draw call. */
export class CellsLayer implements CustomLayerInterface {
  readonly id = "cells";
  readonly type = "custom";
  readonly renderingMode = "2d";
  readonly #geometry: CellGeometry;
  readonly #values: Float64Array;
  #appearance: CellAppearance;
  #map: MapLibre | null = null;
  #drawing: Drawing | null = null;

  constructor(geometry: CellGeometry, values: Float64Array, appearance: CellAppearance) {
    this.#geometry = geometry;
    this.#values = values;
    this.#appearance = appearance;
  }

  setAppearance(appearance: CellAppearance): void {
    const recolour = appearance.ramp !== this.#appearance.ramp;
    this.#appearance = appearance;
    if (recolour) this.#drawing?.setRamp(appearance.ramp);
    this.#map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    this.#map = map;
    this.#drawing = new Drawing(gl as WebGL2RenderingContext, this.#geometry, this.#values);
    this.#drawing.setRamp(this.#appearance.ramp);
  }

  onRemove(): void {
    this.#drawing?.dispose();
    this.#drawing = null;
    this.#map = null;
  }

  render(_gl: WebGLRenderingContext | WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    if (!this.#drawing || !this.#map || this.#appearance.opacity === 0) return;
    this.#drawing.draw(input.defaultProjectionData.mainMatrix, this.#map, this.#appearance);
  }
}

/** What a layer holds on the graphics card while it is on a map. */
class Drawing {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: CellProgram;
  readonly #array: WebGLVertexArrayObject;
  readonly #buffers: WebGLBuffer[];
  readonly #texture: WebGLTexture;
  readonly #geometry: CellGeometry;
  readonly #triangleIndices: number;
  readonly #edgeIndices: number;
  readonly #cellWidth: number;

  constructor(gl: WebGL2RenderingContext, geometry: CellGeometry, values: Float64Array) {
    this.#gl = gl;
    this.#geometry = geometry;
    this.#program = buildProgram(gl);
    this.#array = gl.createVertexArray();
    this.#texture = gl.createTexture();
    gl.bindVertexArray(this.#array);
    const indices = cellIndices(geometry, values);
    this.#triangleIndices = indices.triangleCount;
    this.#edgeIndices = indices.all.length - indices.triangleCount;
    this.#cellWidth = typicalWidth(geometry);
    this.#buffers = [
      attribute(gl, this.#program.position, geometry.positions, 2),
      attribute(gl, this.#program.value, perVertex(geometry, values), 1),
      gl.createBuffer(),
    ];
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#buffers[2] as WebGLBuffer);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices.all, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
  }

  setRamp(ramp: Ramp): void {
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, RAMP_SIZE, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, rampTexture(ramp, RAMP_SIZE));
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }

  draw(worldToClip: Iterable<number>, map: MapLibre, appearance: CellAppearance): void {
    const gl = this.#gl;
    const { program, uniform } = this.#program;
    gl.useProgram(program);
    gl.bindVertexArray(this.#array);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(uniform("u_ramp"), 0);
    gl.uniform1f(uniform("u_opacity"), appearance.opacity);
    const { scale, highlight } = appearance;
    gl.uniform2f(uniform("u_range"), scale.min, scale.max);
    gl.uniform1i(uniform("u_break_count"), scale.breaks.length);
    gl.uniform1fv(
      uniform("u_breaks"),
      Float32Array.from({ length: 8 }, (_, k) => scale.breaks[k] ?? 0),
    );
    gl.uniform2f(uniform("u_highlight"), highlight?.[0] ?? -3e38, highlight?.[1] ?? 3e38);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);

    // Edges only where cells are wide enough for them not to cover the colour.
    const cellPx = this.#cellWidth * WORLD_PX * 2 ** map.getZoom();
    const edges = Math.min(Math.max((cellPx - 8) / 16, 0), 1) * 0.5;
    const [x, y] = this.#geometry.origin;
    for (const world of worldsInView(map)) {
      gl.uniformMatrix4fv(uniform("u_matrix"), false, translated(worldToClip, x + world, y));
      gl.uniform1f(uniform("u_edge"), 0);
      gl.drawElements(gl.TRIANGLES, this.#triangleIndices, gl.UNSIGNED_INT, 0);
      if (edges > 0) {
        gl.uniform1f(uniform("u_edge"), edges);
        gl.drawElements(gl.LINES, this.#edgeIndices, gl.UNSIGNED_INT, this.#triangleIndices * 4);
      }
    }
    gl.bindVertexArray(null);
  }

  dispose(): void {
    const gl = this.#gl;
    for (const buffer of this.#buffers) gl.deleteBuffer(buffer);
    gl.deleteVertexArray(this.#array);
    gl.deleteTexture(this.#texture);
    gl.deleteProgram(this.#program.program);
  }
}

const RAMP_SIZE = 256;
/** Width of the world at zoom 0. */
const WORLD_PX = 512;

/** The map repeats the world: those that are seen, and a neighbour from which a cell may reach in. */
function worldsInView(map: MapLibre): number[] {
  const bounds = map.getBounds();
  const [first, last] = [bounds.getWest(), bounds.getEast()].map((lon) => (lon + 180) / 360) as [number, number];
  const from = Math.floor(first - REACH);
  const to = Math.floor(last + REACH);
  return Array.from({ length: to - from + 1 }, (_, k) => from + k);
}

/** How far a cell may reach over the edge of its world, in worlds. */
const REACH = 0.02;

function perVertex(geometry: CellGeometry, values: Float64Array): Float32Array {
  const repeated = new Float32Array(geometry.positions.length / 2);
  values.forEach((value, cell) => {
    repeated.fill(value, ...verticesOf(geometry, ...ringsOf(geometry, cell)));
  });
  return repeated;
}

function attribute(gl: WebGL2RenderingContext, location: number, numbers: Float32Array, size: number): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(location);
  gl.vertexAttribPointer(location, size, gl.FLOAT, false, 0, 0);
  return buffer;
}

/** Of a cell in the middle of the result, as a share of the world. */
function typicalWidth(geometry: CellGeometry): number {
  const [first, last] = verticesOf(geometry, ...ringsOf(geometry, Math.floor(geometry.cellCount / 2)));
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = first; k < last; k++) {
    low = Math.min(low, geometry.positions[k * 2] ?? 0);
    high = Math.max(high, geometry.positions[k * 2] ?? 0);
  }
  return Math.max(high - low, 0);
}

/** The matrix with a shift by (x, y) before it, worked out in double precision. */
function translated(matrix: Iterable<number>, x: number, y: number): Float32Array {
  const m = Float64Array.from(matrix);
  for (let row = 0; row < 4; row++) m[12 + row] = (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[12 + row] ?? 0);
  return new Float32Array(m);
}
