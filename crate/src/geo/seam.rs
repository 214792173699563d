//! Where the maps of the world are cut.

use super::Crs;

/// The meridian, in degrees, along which a CRS's map of the world is cut: places on both sides of it lie far from each
/// other on the map. `None` for CRSs whose x coordinates wrap (geographic and cylindrical ones) and for those that show
/// the Earth from one side.
#[must_use]
pub fn seam_deg(crs: &Crs) -> Option<f64> {
    const CUT: [&str; 11] = ["moll", "wag4", "wag5", "robin", "eqearth", "sinu", "aea", "leac", "lcc", "eqdc", "poly"];
    let projection = crs.projection();
    let middle = projection.longitude_of_origin().to_degrees();
    CUT.contains(&projection.projname()).then(|| (middle + 360.0).rem_euclid(360.0) - 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seam_lies_across_from_the_middle() {
        let seam = |text: &str| seam_deg(&Crs::parse(text).unwrap());
        assert_eq!(seam("ESRI:54009"), Some(-180.0));
        assert_eq!(seam("+proj=eqearth +lon_0=150"), Some(-30.0));
        assert!((seam("EPSG:5070").unwrap() - 84.0).abs() < 1e-9);
        for wrapping in ["EPSG:4326", "EPSG:6933", "EPSG:3413", "EPSG:32632"] {
            assert_eq!(seam(wrapping), None);
        }
    }
}
