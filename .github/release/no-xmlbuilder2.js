// What bundles have in place of "xmlbuilder2", which CycloneDX's library would write XML with where
// it is installed: finding nothing here, the library writes JSON alone.
export {};
