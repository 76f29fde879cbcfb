//! The words that the analytics queries understand. A word that is not here is a mistake, and refused; one
//! that is here but that nothing on this floor has is known and absent. Not their meaning: the routes'.

/// A list of words, separated by blanks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(&'static str);

impl Words {
    pub(super) fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    pub(super) fn know(self, word: &str) -> bool {
        self.iter().any(|known| known == word)
    }
}

/// What the live conversations query counts.
pub(super) const LIVE_METRICS: Words =
    Words("oAlerting oInteracting oLongestInteracting oLongestWaiting oWaiting");

/// What live conversations are grouped and filtered by.
pub(super) const LIVE_DIMENSIONS: Words = Words(
    "activeRouting addressFrom addressTo agentScore ani conversationId convertedFrom \
     convertedTo direction dnis mediaType participantName queueId requestedLanguageId \
     requestedRouting requestedRoutingSkillId routingPriority scoredAgentId sessionId teamId \
     usedRouting userId",
);

/// What the live flows query counts.
pub(super) const FLOW_METRICS: Words = Words("oFlow");

/// What live flows are grouped and filtered by.
pub(super) const FLOW_DIMENSIONS: Words = Words(
    "activeRouting addressFrom addressTo agentScore ani conversationId convertedFrom \
     convertedTo direction dnis flowId flowType mediaType participantName queueId \
     requestedLanguageId requestedRouting requestedRoutingSkillId routingPriority scoredAgentId \
     sessionId teamId usedRouting userId",
);

/// What the routing activity query counts.
pub(super) const STAFF_METRICS: Words = Words(
    "oActiveUsers oMemberUsers oOffQueueUsers oOnQueueUsers oUserPresences oUserRoutingStatuses",
);

/// What the routing activity query groups by.
pub(super) const STAFF_GROUPS: Words = Words("queueId");

/// What the routing activity query filters by.
pub(super) const STAFF_DIMENSIONS: Words = Words(
    "organizationPresenceId presenceDate queueId queueMembershipStatus routingStatus \
     routingStatusDate systemPresence teamId userId",
);

/// What the observations query counts.
pub(super) const OBSERVED_METRICS: Words = Words(
    "oActiveUsers oAlerting oInteracting oLongestInteracting oLongestWaiting oMemberUsers \
     oOffQueueUsers oOnQueueUsers oUserPresences oUserRoutingStatuses oWaiting",
);

/// Those of them that count sessions, not agents.
pub(super) const OBSERVED_SESSIONS: Words =
    Words("oAlerting oInteracting oLongestInteracting oLongestWaiting oWaiting");

/// What observations are filtered by.
pub(super) const OBSERVED_DIMENSIONS: Words = Words("queueId mediaType");

/// What the details query filters whole conversations by.
pub(super) const CONVERSATION_DIMENSIONS: Words = Words(
    "accessAttribute conversationEnd conversationId conversationInitiator conversationStart \
     customerParticipation divisionId externalTag mediaStatsMinConversationMos \
     originatingDirection originatingSocialMediaPublic",
);

/// What the details query filters segments by.
pub(super) const SEGMENT_DIMENSIONS: Words = Words(
    "addressFrom addressTo agentAssistantId agentOwned ani authenticated bargedParticipantId \
     callbackNumber callbackScheduledTime canonicalExternalContactId cleared \
     coachedParticipantId conference deliveryPushed deliveryStatus destinationAddress \
     destinationConversationId detectedSpeechEnd detectedSpeechStart direction disconnectType \
     dnis edgeId engagementSource errorCode exitReason extendedDeliveryStatus externalContactId \
     externalOrganizationId flaggedReason flowId flowName flowOutType flowOutcome flowOutcomeId \
     flowOutcomeValue flowVersion groupId journeyActionId journeyActionMapId journeyCustomerId \
     journeyCustomerIdType journeyCustomerSessionId mediaCount mediaType messageType \
     monitoredParticipantId outboundCampaignId outboundContactId outboundContactListId \
     participantName protocolCallId provider purpose queueId recording remote \
     remoteNameDisplayable requestedLanguageId requestedRouting requestedRoutingSkillId \
     scoredAgentId screenMonitoredUserId screenRecording scriptId segmentEnd segmentType \
     sessionDnis sipResponseCode skillExpressionId snippetRecording subject teamId \
     transferTargetAddress transferTargetName transferType usedRouting userId wrapUpCode \
     wrapUpNote",
);

/// What the aggregates query sums up.
pub(super) const AGGREGATE_METRICS: Words = Words(
    "nAgentDeclined nAlertExpired nBlindTransferred nBotInteractions nCallbackAttempts \
     nCallbackOverSla nCallbackScheduled nCfcOffered nCobrowseSessions nConnected nConsult \
     nConsultTransferred nConversations nError nOffered nOutbound nOutboundAbandoned \
     nOutboundAttempted nOutboundConnected nOverSla nStateTransitionError nTakeover \
     nTransferred oAudioMessageCount oCallbackServiceLevel oExternalAudioMessageCount \
     oExternalMediaCount oMediaCount oMessageCount oMessageSegmentCount oMessageTurn \
     oServiceLevel oServiceTarget oSkillExpressionApplications tAbandon tAcd tActiveCallback \
     tActiveCallbackComplete tAcw tAgentResponseTime tAgentVideoConnected tAlert tAnswered \
     tAverageAgentResponseTime tAverageCustomerResponseTime tBarging tCallbackAbandon \
     tCallbackConnect tCallbackNotReached tCallbackVirtualWait tCfcAbandon tCfcAcd tCfcAnswered \
     tCfcFlowOut tCoaching tCoachingComplete tConnected tContacting tDialing tFirstConnect \
     tFirstDial tFirstEngagement tFirstResponse tFlowOut tHandle tHeld tHeldComplete tIvr \
     tMonitoring tMonitoringComplete tNotResponding tPark tParkComplete tScreenMonitoring \
     tShortAbandon tSnippetRecord tTalk tTalkComplete tTransmitting tUserResponseTime \
     tVoicemail tWait",
);

/// What aggregates are filtered by, and with one exception grouped by.
pub(super) const AGGREGATE_DIMENSIONS: Words = Words(
    "activeRouting activeSkillId addressFrom addressTo agentAssistantId agentBullseyeRing \
     agentOwned agentRank agentScore ani assignerId authenticated canonicalExternalContactId \
     conversationId conversationInitiator convertedFrom convertedTo customerParticipation \
     deliveryStatus destinationAddress direction disconnectType divisionId dnis edgeId \
     eligibleAgentCount errorCode extendedDeliveryStatus externalContactId externalMediaCount \
     externalOrganizationId externalTag firstQueue flaggedReason flowInType flowOutType groupId \
     interactionType journeyActionId journeyActionMapId journeyActionMapVersion \
     journeyCustomerId journeyCustomerIdType journeyCustomerSessionId \
     journeyCustomerSessionIdType knowledgeBaseId mediaCount mediaType messageType \
     originatingDirection originatingSocialMediaPublic outboundCampaignId outboundContactId \
     outboundContactListId participantName peerId proposedAgentId provider purpose queueId \
     remote removedSkillId requestedLanguageId requestedRouting requestedRoutingSkillId roomId \
     routingPriority routingRing routingRule routingRuleType scoredAgentId selectedAgentId \
     selectedAgentRank selfServed sessionDnis sessionId skillExpressionId stationId teamId \
     usedRouting userId videoPresent waitingInteractionCount wrapUpCode",
);
