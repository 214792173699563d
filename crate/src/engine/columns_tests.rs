use super::*;

fn band(number: f64) -> BandColumns {
    let median = Method::parse("quantile(0.5)").expect("a method");
    BandColumns {
        columns: vec![(Method::Average, vec![number]), (median, vec![number + 1.0])],
        confidence: vec![number / 100.0],
    }
}

#[test]
fn one_band_has_plain_names_and_several_say_which() {
    let methods: Vec<Method> = band(0.0).columns.iter().map(|column| column.0).collect();
    assert_eq!(names(&[6], &methods), ["average", "quantile(0.5)"]);
    let several =
        ["b7_average", "b7_quantile(0.5)", "b7_confidence", "b1_average", "b1_quantile(0.5)", "b1_confidence"];
    assert_eq!(names(&[6, 0], &methods), several);
}

#[test]
fn flat_columns_have_these_names_and_become_bands_again() {
    for bands0 in [vec![3], vec![6, 0], vec![0, 1, 2]] {
        let whole: Vec<BandColumns> = bands0.iter().map(|&band0| band(f64::from(band0))).collect();
        let methods: Vec<Method> = whole[0].columns.iter().map(|column| column.0).collect();
        let (columns, confidence) = flat(&bands0, whole.clone());
        assert_eq!(columns.iter().map(|column| column.0.clone()).collect::<Vec<_>>(), names(&bands0, &methods));
        assert_eq!(confidence, whole[0].confidence);
        assert_eq!(bands((columns, confidence)).expect("bands"), whole);
    }
}
