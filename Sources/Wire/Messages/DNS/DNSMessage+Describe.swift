extension DNSMessage {
    public func describe(to fields: inout some FieldVisitor) {
        header.describe(to: &fields)
        if let edns, edns.extendedResponseCode != 0 {
            fields.field("full_response_code", responseCode.name)
            fields.field("full_response_code_number", responseCode.rawValue)
        }
        fields.list("questions", count: questions.count) { index, fields in questions[index].describe(to: &fields) }
        describe(answers, as: "answers", to: &fields)
        describe(authorities, as: "authorities", to: &fields)
        describe(additionals, as: "additionals", to: &fields)
    }

    private func describe(_ records: [DNSRecord], as name: StaticString, to fields: inout some FieldVisitor) {
        fields.list(name, count: records.count) { index, fields in records[index].describe(to: &fields) }
    }
}

extension DNSHeader {
    /// Numbers stand beside the names, so that other decoders' output can be held against them.
    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("id", id)
        fields.field("flags", flags)
        fields.field("response", flag: isResponse)
        fields.field("opcode", opcode)
        fields.field("opcode_name", operation.name)
        fields.field("authoritative", flag: isAuthoritative)
        fields.field("truncated", flag: isTruncated)
        fields.field("recursion_desired", flag: recursionDesired)
        fields.field("recursion_available", flag: recursionAvailable)
        fields.field("reserved", flag: reserved)
        fields.field("authentic_data", flag: authenticData)
        fields.field("checking_disabled", flag: checkingDisabled)
        fields.field("response_code", responseCode.name)
        fields.field("response_code_number", responseCode.rawValue)
        fields.field("question_count", questionCount)
        fields.field("answer_count", answerCount)
        fields.field("authority_count", authorityCount)
        fields.field("additional_count", additionalCount)
    }
}

extension DNSQuestion {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("name", name.description)
        fields.field("type", type.name)
        fields.field("type_number", type.rawValue)
        fields.field("class", recordClass.rawValue)
        fields.field("class_name", recordClass.name)
        if recordClass.hasMulticastBit { fields.field("unicast_response", flag: true) }
    }
}

extension DNSRecord {
    fileprivate func describe(to fields: inout some FieldVisitor) {
        fields.field("name", name.description)
        fields.field("type", type.name)
        fields.field("type_number", type.rawValue)
        if let edns = EDNS(self) {
            edns.describe(to: &fields)
        } else {
            fields.field("class", recordClass.rawValue)
            fields.field("class_name", recordClass.name)
            if recordClass.hasMulticastBit { fields.field("cache_flush", flag: true) }
            fields.field("ttl", timeToLive)
        }
        fields.field("data", data.description)
        switch data {
        case .serviceBinding(let binding): fields.object("service_binding") { binding.describe(to: &$0) }
        case .malformed(_, let field): fields.field("malformed", field.description)
        default: break
        }
    }
}
