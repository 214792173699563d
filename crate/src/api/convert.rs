//! Values across the edge: records by serde, columns as typed arrays.

use js_sys::{
    Array, ArrayBuffer, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Object, Reflect, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};

use super::errors::argument;
use crate::engine::{
    FeatureTable, MapTile, Provenance, QueueSummary, ReadOptions, Reading, ResultChunk, ResultData, TaskRun, bands,
};
use crate::error::{Code, Error, Result};
use crate::grid::{Chunk, Grid, GridDefinition, Rings};
use crate::queue::Task;
use crate::raster::Samples;
use crate::resample::ChunkColumns;
use crate::store::{GridRecord, SourceRecord};

/// A plain object of anything that serializes.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|cause| Error::new(Code::Bug, format!("an answer could not be handed to JavaScript: {cause}")))
}

/// Options: unknown fields (`signal`, `onProgress`, `into`) are left alone, `undefined` is what is not there.
pub(super) fn options<T: DeserializeOwned + Default>(options: &JsValue) -> Result<T> {
    if options.is_null() || options.is_undefined() {
        return Ok(T::default());
    }
    let plain = Object::new();
    for entry in Object::entries(&Object::from(options.clone())).iter() {
        let entry = Array::from(&entry);
        let (name, value) = (entry.get(0), entry.get(1));
        let is_plain = !value.is_undefined()
            && !value.is_function()
            && !["signal", "headers", "helpers", "into"].iter().any(|other| name == *other);
        if is_plain {
            // Setting a property of an object that was just made can't fail.
            let _ = Reflect::set(&plain, &name, &value);
        }
    }
    serde_wasm_bindgen::from_value(plain.into()).map_err(|cause| argument("options of the documented types", cause))
}

/// A record that an engine of ours gave.
pub(super) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T> {
    serde_wasm_bindgen::from_value(value)
        .map_err(|cause| Error::new(Code::Bug, format!("an answer between engines could not be read: {cause}")))
}

/// Any JSON that JavaScript gave.
pub(super) fn json(value: JsValue) -> Result<Value> {
    serde_wasm_bindgen::from_value(value).map_err(|cause| argument("JSON", cause))
}

/// A value of the documented shape, nothing left out.
pub(super) fn parse<T: DeserializeOwned>(value: JsValue) -> Result<T> {
    serde_json::from_value(json(value)?).map_err(|cause| argument("fields of the documented names and types", cause))
}

/// A task as the interface shows it.
pub(super) fn task(task: &Task) -> Result<JsValue> {
    to_js(&task_json(task))
}

/// `{ task, isOurs, waitMs }`.
pub(super) fn task_run(run: &TaskRun) -> Result<JsValue> {
    to_js(&json!({"task": run.task.as_ref().map(task_json), "isOurs": run.is_ours, "waitMs": run.wait_ms}))
}

/// `{ summary, failed, oldestAgeMs }`.
pub(super) fn queue_summary(summary: &QueueSummary) -> Result<JsValue> {
    let failed: Vec<Value> = summary.failed.iter().map(task_json).collect();
    to_js(&json!({"summary": summary.summary, "failed": failed, "oldestAgeMs": summary.oldest_age_ms}))
}

fn task_json(task: &Task) -> Value {
    json!({
        "id": task.id,
        "queueType": task.queue_type,
        "source": task.source,
        "grid": task.grid,
        "parameters": task.parameters,
        "priority": task.priority,
        "status": task.status,
        "workerId": task.worker_id,
        "leaseUntil": task.lease_until,
        "notBefore": task.not_before,
        "retryCount": task.retry_count,
        "maxRetries": task.max_retries,
        "lostCount": task.lost_count,
        "progress": task.progress,
        "error": task.error,
        "result": task.result,
        "dependsOn": task.depends_on,
        "waitsFor": task.waits_for,
        "created": task.created,
        "started": task.started,
        "finished": task.finished,
    })
}

/// A source as the interface shows it.
pub(super) fn source(record: &SourceRecord) -> Result<JsValue> {
    let extent = record.spatial_extent.as_ref();
    to_js(&json!({
        "id": record.id,
        "name": record.name,
        "location": record.location,
        "fingerprint": record.fingerprint,
        "etag": record.etag,
        "dataset": record.dataset,
        "variable": record.variable,
        "units": record.units,
        "description": record.description,
        "metadata": record.metadata,
        "width": record.width,
        "height": record.height,
        "bands": record.bands,
        "dtype": record.data_type,
        "nodata": record.nodata_value,
        "pixelSize": record.pixel_size,
        "pixelSizeDegrees": record.pixel_size_degrees,
        "crs": record.crs,
        "bbox": extent.map(|extent| extent.bbox),
        "spatialExtent": extent.map(|extent| json!({"bounds": extent.bounds, "wkt": extent.wkt})),
        "kind": record.kind,
        "processingStatus": record.processing_status,
        "active": record.active,
        "created": record.created,
        "updated": record.updated,
    }))
}

/// A grid as the interface shows it.
pub(super) fn grid(record: &GridRecord) -> Result<JsValue> {
    to_js(&json!({
        "id": record.id,
        "name": record.name,
        "definition": record.definition,
        "cells": record.cells,
        "created": record.created,
    }))
}

/// What is read, and the memory that the caller gives for it.
pub(super) fn read_options(js: &JsValue) -> Result<(ReadOptions, Option<ArrayBuffer>)> {
    let read = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    let mut read_options: ReadOptions = options(js)?;
    let memory: Option<ArrayBuffer> = read(js, "into").dyn_into().ok();
    read_options.room_bytes =
        memory.as_ref().and_then(|memory| read(memory, "byteLength").as_f64()).map(|len| len as u64);
    Ok((read_options, memory))
}

/// `{ dtype, shape, data }`, with the samples in `memory` if there is one, which has room for them.
pub(super) fn reading(reading: &Reading, memory: Option<ArrayBuffer>) -> Result<JsValue> {
    let shape: Array = reading.shape.iter().map(|length| JsValue::from(*length)).collect();
    let bytes = reading.samples.as_bytes();
    let memory = match memory {
        None => Uint8Array::from(bytes).buffer(),
        Some(memory) => {
            Uint8Array::new_with_byte_offset_and_length(&memory, 0, bytes.len() as u32).copy_from(bytes);
            memory
        }
    };
    object([("dtype", reading.dtype.into()), ("shape", shape.into()), ("data", view(&reading.samples, &memory))])
}

/// `{ rgba, size, min, max }`.
pub(super) fn map_tile(tile: &MapTile) -> Result<JsValue> {
    let rgba = Uint8Array::from(tile.rgba.as_slice());
    let rgba = Uint8ClampedArray::new(&rgba.buffer());
    let (min, max) = (tile.stretch.min(), tile.stretch.max());
    object([("rgba", rgba.into()), ("size", tile.size.into()), ("min", min.into()), ("max", max.into())])
}

/// `{ chunks, idRule, grid, provenance }`; columns are copied out of wasm's memory, so that they can be transferred.
pub(super) fn result(result: &ResultData, warnings: &[String]) -> Result<JsValue> {
    part(&result.grid, &result.chunks, &result.provenance, warnings)
}

/// As [`result`], of some of the chunks.
pub(super) fn part(
    grid: &Grid,
    chunks_of_part: &[ResultChunk],
    provenance: &Provenance,
    warnings: &[String],
) -> Result<JsValue> {
    let chunks = Array::new();
    for chunk in chunks_of_part {
        chunks.push(&result_chunk(grid, chunk)?);
    }
    let mut provenance = serde_json::to_value(provenance)
        .map_err(|cause| Error::new(Code::Bug, format!("a provenance could not be written: {cause}")))?;
    if let Value::Object(fields) = &mut provenance {
        fields.insert("warnings".to_owned(), json!(warnings));
    }
    object([
        ("chunks", chunks.into()),
        ("idRule", id_rule(grid).into()),
        ("grid", to_js(grid.summary())?),
        ("provenance", to_js(&provenance)?),
    ])
}

/// As [`result`], with a column for each feature and without confidence.
pub(super) fn feature_table(table: &FeatureTable) -> Result<JsValue> {
    let chunks = Array::new();
    for (chunk, values) in &table.chunks {
        let columns = Object::new();
        for (name, values) in table.names.iter().zip(values) {
            set(&columns, name, &Float64Array::from(values.as_slice()).into())?;
        }
        let js = object([("index", JsValue::from_f64(chunk.index as f64)), ("columns", columns.into())])?;
        set_ids(&js, &table.grid, chunk)?;
        chunks.push(&js);
    }
    object([
        ("chunks", chunks.into()),
        ("idRule", id_rule(&table.grid).into()),
        ("grid", to_js(table.grid.summary())?),
        ("names", to_js(&table.names)?),
    ])
}

/// What the cells' ids are made by.
fn id_rule(grid: &Grid) -> &'static str {
    match grid.definition() {
        GridDefinition::Square(_) => "square",
        GridDefinition::Hexagon(_) => "hexagon",
        GridDefinition::H3(_) => "h3",
        GridDefinition::Zones(_) => "zones",
    }
}

/// The one chunk of a part that another engine gave.
pub(super) fn chunk_of_part(grid: &Grid, part: &JsValue) -> Result<ChunkColumns> {
    let chunks = Reflect::get(part, &"chunks".into()).unwrap_or_default();
    let ResultChunk { chunk, columns, confidence, .. } = chunk(grid, &Array::from(&chunks).get(0))?;
    Ok(ChunkColumns { chunk, bands: bands((columns, confidence))? })
}

/// A chunk as [`result`] gives it.
pub(super) fn chunk(grid: &Grid, js: &JsValue) -> Result<ResultChunk> {
    let wrong = || Error::new(Code::Bug, "expected a chunk of an answer with its columns");
    let read = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).map_err(|_| wrong());
    let chunk = grid.chunk(read(js, "index")?.as_f64().ok_or_else(wrong)? as u64);
    let numbers = |value: JsValue| -> Result<Vec<f64>> {
        let numbers = value.dyn_into::<Float64Array>().map_err(|_| wrong())?.to_vec();
        if numbers.len() == chunk.cell_count() { Ok(numbers) } else { Err(wrong()) }
    };
    let mut columns = Vec::new();
    for entry in Object::entries(&Object::from(read(js, "columns")?)).iter() {
        let entry = Array::from(&entry);
        let name = entry.get(0).as_string().ok_or_else(wrong)?;
        columns.push((name, numbers(entry.get(1))?));
    }
    let confidence = numbers(read(js, "confidence")?)?;
    Ok(ResultChunk { chunk, columns, confidence, outlines: None })
}

fn result_chunk(grid: &Grid, chunk: &ResultChunk) -> Result<JsValue> {
    let columns = Object::new();
    for (name, values) in &chunk.columns {
        set(&columns, name, &Float64Array::from(values.as_slice()).into())?;
    }
    let confidence = Float64Array::from(chunk.confidence.as_slice());
    let js = object([
        ("index", JsValue::from_f64(chunk.chunk.index as f64)),
        ("columns", columns.into()),
        ("confidence", confidence.into()),
    ])?;
    set_ids(&js, grid, &chunk.chunk)?;
    if let Some(outlines) = &chunk.outlines {
        set_outlines(&js, grid, outlines)?;
    }
    Ok(js)
}

/// What makes the cells' ids: `runs`, triples of row, first column and number of cells; of H3 cells the row is a
/// position among `ancestors`. Zones have `ids` beside.
fn set_ids(js: &JsValue, grid: &Grid, chunk: &Chunk) -> Result<()> {
    let is_h3 = matches!(grid.definition(), GridDefinition::H3(_));
    let mut ancestors: Vec<u64> = Vec::new();
    let mut runs = Vec::with_capacity(chunk.runs.len().saturating_mul(3));
    for run in &chunk.runs {
        let row = if is_h3 {
            let ancestor = u64::try_from(run.row).unwrap_or_default();
            if ancestors.last() != Some(&ancestor) {
                ancestors.push(ancestor);
            }
            i64::try_from(ancestors.len()).unwrap_or_default().saturating_sub(1)
        } else {
            run.row
        };
        runs.extend([lattice(row)?, lattice(run.start)?, lattice(i64::from(run.count))?]);
    }
    set(js, "runs", &Int32Array::from(runs.as_slice()).into())?;
    match grid.definition() {
        GridDefinition::H3(of) => {
            set(js, "ancestors", &BigUint64Array::from(ancestors.as_slice()).into())?;
            set(js, "resolution", &of.resolution.into())
        }
        GridDefinition::Zones(_) => {
            let ids: Array = chunk.cells().map(|cell| JsValue::from(grid.cell_id(cell))).collect();
            set(js, "ids", &ids.into())
        }
        GridDefinition::Square(_) | GridDefinition::Hexagon(_) => Ok(()),
    }
}

/// `outlines`, the coordinates of all vertices; `vertices` of each cell where all have as many, else the ends of rings
/// (in vertices) and of cells (in rings).
fn set_outlines(js: &JsValue, grid: &Grid, outlines: &Rings) -> Result<()> {
    let numbers: Vec<f64> = outlines.vertices.iter().flat_map(|&(x, y)| [x, y]).collect();
    set(js, "outlines", &Float64Array::from(numbers.as_slice()).into())?;
    if let Some(vertices) = grid.vertices_per_cell() {
        return set(js, "vertices", &u32::try_from(vertices).unwrap_or_default().into());
    }
    let ends = |ends: &[usize]| -> JsValue {
        let ends: Vec<u32> = ends.iter().map(|&end| u32::try_from(end).unwrap_or(u32::MAX)).collect();
        Uint32Array::from(ends.as_slice()).into()
    };
    set(js, "ringEnds", &ends(&outlines.ring_ends))?;
    set(js, "cellEnds", &ends(&outlines.cell_ends))
}

/// A lattice number as JavaScript's typed arrays hold it.
fn lattice(number: i64) -> Result<i32> {
    i32::try_from(number).map_err(|_| {
        Error::new(Code::LimitOverflow, format!("cell number {number} does not fit 32 bits"))
            .with_hint("use larger cells, or an origin nearer to them")
    })
}

/// The first numbers of `memory`, as many as `samples` has, in its type: of complex ones both parts.
fn view(samples: &Samples, memory: &ArrayBuffer) -> JsValue {
    macro_rules! view {
        ($array:ident, $numbers:expr) => {
            $array::new_with_byte_offset_and_length(memory, 0, $numbers.len() as u32).into()
        };
    }
    match samples {
        Samples::U8(numbers) => view!(Uint8Array, numbers),
        Samples::U16(numbers) => view!(Uint16Array, numbers),
        Samples::U32(numbers) => view!(Uint32Array, numbers),
        Samples::U64(numbers) => view!(BigUint64Array, numbers),
        Samples::I8(numbers) => view!(Int8Array, numbers),
        Samples::I16(numbers) => view!(Int16Array, numbers),
        Samples::I32(numbers) => view!(Int32Array, numbers),
        Samples::I64(numbers) => view!(BigInt64Array, numbers),
        Samples::F32(numbers) => view!(Float32Array, numbers),
        Samples::F64(numbers) => view!(Float64Array, numbers),
        Samples::CF32(numbers) => view!(Float32Array, numbers.as_flattened()),
        Samples::CF64(numbers) => view!(Float64Array, numbers.as_flattened()),
    }
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Result<JsValue> {
    let object = Object::new();
    for (name, value) in &fields {
        set(&object, name, value)?;
    }
    Ok(object.into())
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<()> {
    Reflect::set(object, &name.into(), value)
        .map(|_| ())
        .map_err(|_| Error::new(Code::Bug, format!("the field {name} could not be set")))
}
