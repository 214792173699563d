use super::*;

#[test]
fn every_name_parses_to_its_method() {
    for &method in Method::ALL {
        assert_eq!(Method::parse(method.as_str()).expect("a listed name"), method);
    }
    assert_eq!(Method::parse(" Mean ").expect("the alias"), Method::Average);
}

#[test]
fn an_unknown_name_is_told_from_one_that_is_not_available() {
    let unknown = Method::parse("averag").expect_err("a typing error");
    assert_eq!(unknown.code().as_str(), "usage.method");
    assert!(unknown.message().contains("expected a method, got \"averag\""));
    assert!(unknown.hint().is_some_and(|hint| hint.contains("average")));
    let planned = Method::parse("quantile(0.5)").expect_err("not computed");
    assert!(planned.message().contains("not available"), "{planned}");
}
