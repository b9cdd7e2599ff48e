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
        SingleNameMissingRule(),
        NegativeCacheStaleRule(),
        TypeInconsistentRule(),
        ForwardingMissingRule(),
        SplitHorizonLeakRule(),
        AuthorityTimeoutRule(),
        AuthorityNoAnnouncerRule(),
        AuthorityPortClosedRule(),
        AuthorityServfailRule(),
        AuthorityRefusedRule(),
        WrongAddressRule(),
        CrossClusterBlockedRule(),
        CrossClusterOpenRule(),
        ClientWrongPrefixRule(),
        HairpinRule(),
        TunnelQUICRule(),
        TunnelQUICBlockedRule(),
        MeshRule(),
        OverlayRule(),
        HealthyRule(),
    ]

    package static func explanation(_ label: Label) -> Explanation? {
        standard.first { type(of: $0).label == label }.map { type(of: $0).explanation }
    }
}
