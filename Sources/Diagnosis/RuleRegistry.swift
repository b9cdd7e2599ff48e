/// Every rule, in the order in which they consider a fact. A new rule is a line here.
package enum RuleRegistry {
    package static let standard: [any Rule] = [
        NoAnnouncerRule(),
        DuplicateAnnouncersRule(),
        ControlPlaneRule(),
        BenignUnreachableRule(),
        TCPRejectedRule(),
        SYNBlackholeRule(),
        NXDomainAllRule(),
        NotServedRule(),
        HostConflictRule(),
        FailoverRule(),
        StaleARPRule(),
        FlappingRule(),
        RouteLoopRule(),
        UnknownHostRule(),
        PortClosedRule(),
        MTUBlackholeRule(),
        BackendInconsistentRule(),
        BackendVariesRule(),
        AsymmetricReplyRule(),
        IdleResetRule(),
        SlowHandshakeRule(),
        HealthyRule(),
    ]

    package static func explanation(_ label: Label) -> Explanation? {
        standard.first { type(of: $0).label == label }.map { type(of: $0).explanation }
    }
}
