use super::*;

#[test]
fn every_name_parses_to_its_method() {
    for &method in Method::ALL {
        assert_eq!(Method::parse(&method.name()).expect("a listed name"), method);
    }
    assert_eq!(Method::parse(" Mean ").expect("the alias"), Method::Average);
    assert_eq!(Method::parse("majority").expect("the alias"), Method::Mode);
}

#[test]
fn a_quantile_is_named_by_its_number() {
    for text in ["quantile(0.25)", "Quantile( .25 )", "quantile(q=0.250)", "quantile(25e-2)"] {
        assert_eq!(Method::parse(text).expect("a quantile").name(), "quantile(0.25)", "{text}");
    }
    assert_eq!(Method::parse("quantile(-0)").expect("a quantile"), Method::parse("quantile(0)").expect("a quantile"));
    assert_ne!(Method::parse("quantile(0)").expect("a quantile"), Method::parse("quantile(1)").expect("a quantile"));
    for text in
        ["quantile", "quantile()", "quantile(1.5)", "quantile(-0.1)", "quantile(nan)", "quantile(0.5", "quantile 0.5"]
    {
        let error = Method::parse(text).expect_err(text);
        assert_eq!(error.code().as_str(), "usage.method");
        assert!(error.message().contains("from 0 to 1"), "{error}");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let unknown = Method::parse("averag").expect_err("a typing error");
    assert_eq!(unknown.code().as_str(), "usage.method");
    assert!(unknown.message().contains("expected a method, got \"averag\""));
    assert!(unknown.hint().is_some_and(|hint| hint.contains("average") && hint.contains("quantile(q)")));
}
