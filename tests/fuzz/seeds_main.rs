//! Writes the seeds of every target into folders below the one that is named.

use std::path::Path;

use cogrid_fuzz::seeds;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    for (target, seeds) in seeds::all() {
        let place = Path::new(&folder).join(target);
        std::fs::create_dir_all(&place)?;
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(place.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
