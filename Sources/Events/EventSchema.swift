/// The JSON Schema of the event stream, as it stands in `Schema/vipscope.schema.json`.
package enum EventSchema {
    package static var text: [UInt8] { PackageResources.vipscope_schema_json }
}
