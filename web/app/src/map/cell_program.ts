/** The shader that colours cells, with the places of its inputs. */
export interface CellProgram {
  readonly program: WebGLProgram;
  readonly position: number;
  readonly value: number;
  readonly uniform: (name: string) => WebGLUniformLocation | null;
}

/** Compiles and links; throws with the driver's words when that fails. */
export function buildProgram(gl: WebGL2RenderingContext): CellProgram {
  const program = gl.createProgram();
  for (const [type, text] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("the graphics context was lost");
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(program) ?? "the cell shader did not link");
  }
  const locations = new Map<string, WebGLUniformLocation | null>();
  const uniform = (name: string) => {
    if (!locations.has(name)) locations.set(name, gl.getUniformLocation(program, name));
    return locations.get(name) ?? null;
  };
  return {
    program,
    position: gl.getAttribLocation(program, "a_position"),
    value: gl.getAttribLocation(program, "a_value"),
    uniform,
  };
}

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
in vec2 a_position;
in float a_value;
flat out float v_value;
void main() {
  v_value = a_value;
  gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
}`;

// Class limits are compared here, so that other limits or colours need no new buffers.
const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D u_ramp;
uniform vec2 u_range;
uniform float u_breaks[8];
uniform int u_break_count;
uniform vec2 u_highlight;
uniform float u_opacity;
uniform float u_edge;
flat in float v_value;
out vec4 colour;
void main() {
  float t = u_range.y > u_range.x ? (v_value - u_range.x) / (u_range.y - u_range.x) : 0.5;
  if (u_break_count > 0) {
    float above = 0.0;
    for (int k = 0; k < 8; k++) if (k < u_break_count && v_value >= u_breaks[k]) above += 1.0;
    t = above / float(u_break_count);
  }
  bool lit = v_value >= u_highlight.x && v_value <= u_highlight.y;
  vec3 rgb = texture(u_ramp, vec2(t * (255.0 / 256.0) + 0.5 / 256.0, 0.5)).rgb;
  if (!lit) rgb = mix(vec3(0.5), rgb, 0.15);
  float alpha = u_opacity * (lit ? 1.0 : 0.25);
  if (u_edge > 0.0) { rgb *= 0.35; alpha *= u_edge; }
  colour = vec4(rgb * alpha, alpha);
}`;
