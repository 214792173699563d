use super::*;

#[test]
fn items_bands_roles_and_entities() {
    let metadata = GdalMetadata::parse(
        "<GDALMetadata>\n  <Item name=\"source\">a &lt;b&gt; &amp; &#233;</Item>\n\
         <Item name=\"SCALE\" sample=\"1\" role=\"scale\">0.5</Item>\n\
         <Item name='X' domain='IMAGE_STRUCTURE'>1</Item><Item name=\"a>b\"/></GDALMetadata>",
    );
    assert_eq!(metadata.default_domain().collect::<Vec<_>>(), [("source", "a <b> & é"), ("a>b", "")]);
    assert_eq!(metadata.role(1, "scale"), Some("0.5"));
    assert_eq!(metadata.role(0, "scale"), None);
    assert_eq!(metadata.0[2].domain, "IMAGE_STRUCTURE");
}

#[test]
fn broken_xml_ends_quietly() {
    for xml in
        ["<Item", "<Item name=\"x", "<Item name=\"x\">y", "&", "<Item>&#xZZ; &bogus</Item>", "<Item =\"\"></Item>"]
    {
        let _ = GdalMetadata::parse(xml);
    }
    assert_eq!(GdalMetadata::parse("<Item>&#xZZ; &b</Item>").0[0].value, "&#xZZ; &b");
}
