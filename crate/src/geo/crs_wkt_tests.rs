use super::*;

fn of(text: &str) -> Result<String> {
    definition(text, |code| (code == 4258).then(|| "+ellps=GRS80".to_owned()))
}

#[test]
fn wkt_1_of_gdal() {
    let text = r#"PROJCS["unnamed",GEOGCS["GRS 1980(IUGG, 1980)",DATUM["unknown",SPHEROID["GRS80",6378137,298.257222101],
        TOWGS84[0,0,0,0,0,0,0]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],
        PROJECTION["Albers_Conic_Equal_Area"],PARAMETER["latitude_of_center",40],PARAMETER["longitude_of_center",-96],
        PARAMETER["standard_parallel_1",50],PARAMETER["standard_parallel_2",70],PARAMETER["false_easting",1000],
        PARAMETER["false_northing",0],UNIT["US survey foot",0.3048006096012192]]"#;
    assert_eq!(
        of(text).unwrap(),
        "+proj=aea +lat_0=40 +lon_0=-96 +lat_1=50 +lat_2=70 +x_0=304.8006096012192 +y_0=0 +a=6378137 \
         +rf=298.257222101 +towgs84=0,0,0,0,0,0,0 +to_meter=0.3048006096012192 +no_defs"
    );
}

#[test]
fn wkt_1_of_esri_and_wkt_2() {
    let esri = r#"PROJCS["World_Mollweide",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,
        298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mollweide"],
        PARAMETER["False_Easting",0.0],PARAMETER["Central_Meridian",11.0],UNIT["Meter",1.0]]"#;
    assert_eq!(of(esri).unwrap(), "+proj=moll +lon_0=11 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs");
    let wkt2 = r#"PROJCRS["one of mine",BASEGEOGCRS["ETRS89",DATUM["European Terrestrial Reference System 1989",
        ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],ID["EPSG",4258]],
        CONVERSION["x",METHOD["Polar Stereographic (variant B)"],
        PARAMETER["Latitude of standard parallel",-71,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["Longitude of origin",0,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["False easting",2,LENGTHUNIT["kilometre",1000]]],
        CS[Cartesian,2],AXIS["(E)",north,LENGTHUNIT["metre",1]]]"#;
    assert_eq!(
        of(wkt2).unwrap(),
        "+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +x_0=2000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
    );
}

/// Three spellings by PROJ of EPSG:3375 and 29873, and EPSG:2053.
#[test]
fn oblique_and_south_oriented_mercators() {
    let crs = |projection: &str| {
        format!(
            r#"PROJCS["x",GEOGCS["y",DATUM["d",SPHEROID["s",6378137,298.25]],UNIT["degree",0.0174532925199433]],
            {projection},UNIT["metre",1]]"#
        )
    };
    let numbers =
        r#"PARAMETER["scale_factor",0.99984],PARAMETER["false_easting",804671],PARAMETER["false_northing",0]"#;
    let gdal = format!(
        r#"PROJECTION["Hotine_Oblique_Mercator"],PARAMETER["latitude_of_center",4],PARAMETER["longitude_of_center",102.25],
        PARAMETER["azimuth",323.025],PARAMETER["rectified_grid_angle",323.13],{numbers}"#
    );
    let esri = format!(
        r#"PROJECTION["Rectified_Skew_Orthomorphic_Natural_Origin"],{numbers},PARAMETER["Azimuth",-36.975],
        PARAMETER["Longitude_Of_Center",102.25],PARAMETER["Latitude_Of_Center",4.0],PARAMETER["XY_Plane_Rotation",-36.87]"#
    );
    let end = "+k=0.99984 +x_0=804671 +y_0=0 +a=6378137 +rf=298.25 +units=m +no_defs";
    let start = "+proj=omerc +no_uoff +lat_0=4 +lonc=102.25";
    assert_eq!(of(&crs(&gdal)).unwrap(), format!("{start} +alpha=323.025 +gamma=323.13 {end}"));
    assert_eq!(of(&crs(&esri)).unwrap(), format!("{start} +alpha=-36.975 +gamma=-36.87 {end}"));
    let wkt2 = r#"PROJCRS["one of mine",BASEGEOGCRS["ETRS89",DATUM["European Terrestrial Reference System 1989",
        ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],ID["EPSG",4258]],
        CONVERSION["x",METHOD["Hotine Oblique Mercator (variant B)",ID["EPSG",9815]],
        PARAMETER["Latitude of projection centre",4,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["Longitude of projection centre",115,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["Azimuth at projection centre",53.3,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["Angle from Rectified to Skew Grid",53.1,ANGLEUNIT["degree",0.0174532925199433]],
        PARAMETER["Scale factor at projection centre",0.99984,SCALEUNIT["unity",1]],
        PARAMETER["Easting at projection centre",590,LENGTHUNIT["kilometre",1000]],
        PARAMETER["Northing at projection centre",442857.65,LENGTHUNIT["metre",1]]],
        CS[Cartesian,2],AXIS["(E)",east,LENGTHUNIT["metre",1]]]"#;
    assert_eq!(
        of(wkt2).unwrap(),
        "+proj=omerc +lat_0=4 +lonc=115 +alpha=53.3 +gamma=53.1 +k=0.99984 +x_0=590000 +y_0=442857.65 +ellps=GRS80 \
         +units=m +no_defs"
    );
    let south = r#"PROJECTION["Transverse_Mercator_South_Orientated"],PARAMETER["latitude_of_origin",0],
        PARAMETER["central_meridian",29],PARAMETER["scale_factor",1],PARAMETER["false_easting",0]"#;
    assert_eq!(
        of(&crs(south)).unwrap(),
        "+proj=tmerc +axis=wsu +lat_0=0 +lon_0=29 +k=1 +x_0=0 +y_0=0 +a=6378137 +rf=298.25 +units=m +no_defs"
    );
    let false_easting = south.replace(r#"easting",0"#, r#"easting",5"#);
    assert_eq!(of(&crs(&false_easting)).unwrap_err().code(), Code::CrsUnsupported);
}

#[test]
fn a_sphere_with_a_meridian_of_its_own() {
    let text =
        r#"GEOGCS["x",DATUM["d",SPHEROID["s",6370000,0]],PRIMEM["Paris",2.5],UNIT["degree",0.0174532925199433]]"#;
    assert_eq!(of(text).unwrap(), "+proj=longlat +R=6370000 +pm=2.5 +no_defs");
}

#[test]
fn the_proj_string_that_gdal_adds_goes_first() {
    let text = r#"PROJCS["x",GEOGCS["y",DATUM["d",SPHEROID["s",6378137,298.25]],UNIT["degree",0.0174532925199433]],
        PROJECTION["Geostationary_Satellite"],PARAMETER["satellite_height",35786023],UNIT["metre",1],
        EXTENSION["PROJ4","+proj=geos +lon_0=-75 +h=35786023  +sweep=x"]]"#;
    assert_eq!(of(text).unwrap(), "+proj=geos +lon_0=-75 +h=35786023 +sweep=x");
}

#[test]
fn what_is_not_known_is_named() {
    let text = r#"PROJCS["x",GEOGCS["y",DATUM["d",SPHEROID["s",6378137,298.25]],UNIT["degree",0.0174532925199433]],
        PROJECTION["Interrupted_Goode_Homolosine"],UNIT["metre",1]]"#;
    let error = of(text).unwrap_err();
    assert_eq!(error.code(), Code::CrsUnsupported);
    assert!(error.message().contains("Interrupted_Goode_Homolosine"), "{error}");
    let grads = r#"GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298.25]],UNIT["grad",0.015707963267949]]"#;
    assert_eq!(of(grads).unwrap_err().code(), Code::CrsUnsupported);
}

#[test]
fn no_text_makes_it_stumble() {
    let whole = r#"PROJCS["a",GEOGCS["b",DATUM["c",SPHEROID["d",6378137,298.2]]],PROJECTION["Mollweide"],UNIT["m",1]]"#;
    for end in 0..whole.len() {
        let _ = of(&whole[..end]);
    }
    assert_eq!(of(whole).unwrap(), "+proj=moll +lon_0=0 +x_0=0 +y_0=0 +a=6378137 +rf=298.2 +units=m +no_defs");
    let deep = "GEOGCS[".repeat(100_000);
    assert_eq!(of(&deep).unwrap_err().code(), Code::CrsUnknown);
    for text in ["", "[", "]]]", "GEOGCS[\"", "VERT_CS[\"x\"]", "\"[\"é["] {
        assert_eq!(of(text).unwrap_err().code(), Code::CrsUnknown, "{text}");
    }
}
