import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import fineUrl from "world-atlas/land-50m.json?url";
import coarseUrl from "world-atlas/land-110m.json?url";
import { unrolled } from "./rings";

/** Natural Earth's land polygons, first the coarse ones (1:110 million), soon after the fine ones (1:50 million). */
export async function* loadLand(): AsyncGenerator<GeoJSON.FeatureCollection> {
  const fine = fetchLand(fineUrl);
  yield await fetchLand(coarseUrl);
  yield await fine;
}

async function fetchLand(url: string): Promise<GeoJSON.FeatureCollection> {
  const response = await fetch(url);
  const topology: Topology<{ land: GeometryCollection }> = await response.json();
  const { features } = feature(topology, topology.objects.land);
  return { type: "FeatureCollection", features: features.map(unrolledFeature) };
}

function unrolledFeature(land: GeoJSON.Feature): GeoJSON.Feature {
  const { geometry } = land;
  if (geometry.type !== "MultiPolygon") return land;
  return { ...land, geometry: { ...geometry, coordinates: geometry.coordinates.map((rings) => rings.map(unrolled)) } };
}
