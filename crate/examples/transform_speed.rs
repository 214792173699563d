//! What transforming a point costs, for some pairs of CRSs: `transform_speed`.

use std::time::Instant;

use cogrid::Result;
use cogrid::geo::{Crs, Transformer};

const POINTS: usize = 1 << 16;
const ROUNDS: u32 = 8;

fn main() -> Result<()> {
    let degrees = Crs::from_epsg(4326)?;
    for name in [
        "EPSG:6933",
        "EPSG:3035",
        "EPSG:32632",
        "EPSG:3857",
        "EPSG:3413",
        "EPSG:5070",
        "EPSG:2154",
        "EPSG:27700",
        "EPSG:8857",
        "ESRI:54009",
        "ESRI:54030",
    ] {
        let crs = Crs::parse(name)?;
        let (to, from) = (Transformer::new(&degrees, &crs)?, Transformer::new(&crs, &degrees)?);
        // Around 5° E, 55° N, where all of them have a map.
        let north = if name == "EPSG:3413" { 75.0 } else { 50.0 };
        let place = |k: usize| ((k % 256) as f64 / 256.0 * 8.0 + 1.0, north + (k / 256) as f64 / 256.0 * 8.0);
        let mut points: Vec<(f64, f64)> = (0..POINTS).map(place).collect();
        let mut spent = [0.0; 2];
        for _ in 0..ROUNDS {
            for (transformer, spent) in [&to, &from].into_iter().zip(&mut spent) {
                let start = Instant::now();
                transformer.transform(&mut points);
                *spent += start.elapsed().as_secs_f64();
            }
        }
        let each_ns = spent.map(|seconds| seconds * 1e9 / (POINTS as f64 * f64::from(ROUNDS)));
        println!("{name:12} from degrees {:5.0} ns a point, to degrees {:5.0} ns", each_ns[0], each_ns[1]);
    }
    Ok(())
}
